import type { DiscussionDetail, DiscussionEvent } from '@banyan/contract';
import { formatTime } from '../amounts.ts';
import { withHub } from '../command.ts';
import { showFiles } from '../difference.ts';
import type { ModelOption } from '../repository-argument.ts';
import { facts, printable } from '../table.ts';
import { type AddConversation, discussionAt, numberedLeaf } from './conversation.ts';
import { changedFiles } from './repo-diff.ts';

/** Files shown of a pull request: the rest is for `repo diff`. */
const shownFiles = 100;

export const addShow: AddConversation = (parent, shell, about) => {
  numberedLeaf(parent, about, { name: 'show', summary: 'What was said and done in' }).action(
    withHub(shell, async (context, path: string, number: string, options: ModelOption) => {
      const at = discussionAt(path, number, options);
      const found = await context.hub.discussions.get(at);
      const { head, base } = found;
      const { kind, namespace, name } = at;
      // One that is merged stands on its branch: what it changed is the difference that the merge made.
      const between =
        found.mergeCommit !== undefined
          ? { to: found.mergeCommit }
          : head !== undefined && base !== undefined && head !== base
            ? { from: base, to: head }
            : undefined;
      const changes =
        between && (await changedFiles(context, { kind, namespace, name, ...between }, shownFiles));
      const about = facts({
        [`#${found.number}`]: found.title,
        status: found.status,
        author: found.author,
        into: found.branch,
        head: head?.slice(0, 8),
        outdated: isOutdated(found) ? `${found.branch} has moved on: pr update` : undefined,
        merged: found.mergeCommit?.slice(0, 8),
        conflicts: found.conflicts?.join(', '),
      });
      const files = changes && showFiles(changes.files) + (changes.more ? '\nThere are more: repo diff' : '');
      context.print(
        { ...found, ...(changes && { files: changes.files }) },
        [about, ...(files === undefined ? [] : [files]), ...found.events.map(showEvent)].join('\n\n'),
      );
    }),
  );
};

const isOutdated = ({ status, head, base, branchHead }: DiscussionDetail): boolean =>
  (status === 'open' || status === 'draft') && head !== branchHead && base !== branchHead;

function showEvent(event: DiscussionEvent): string {
  const what = {
    comment: 'wrote',
    status: event.kind === 'status' ? `set it to ${event.status}` : '',
    title: event.kind === 'title' ? `called it "${event.to}"` : '',
    commit: event.kind === 'commit' ? `committed ${event.commit.slice(0, 8)} ${event.message}` : '',
    merge: event.kind === 'merge' ? `merged it: ${event.commit.slice(0, 8)}` : '',
  }[event.kind];
  const head = printable(`${formatTime(event.createdAt)}  ${event.author} ${what}`);
  if (event.kind !== 'comment') return head;
  const text = event.hidden ? '(hidden)' : printable(event.markdown);
  return `${head}\n${text.replaceAll(/^/gm, '  ')}`;
}
