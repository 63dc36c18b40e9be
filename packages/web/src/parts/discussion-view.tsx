import type { DiscussionDetail, Repository } from '@banyan/contract';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { api, hub } from '../lib/api.ts';
import { splitPath } from '../lib/repository.ts';
import { Button } from './button.tsx';
import { ChangeList } from './change-list.tsx';
import { CommentBox } from './comment-box.tsx';
import { DiscussionBadge, DiscussionList } from './discussion-list.tsx';
import { EventList } from './event-list.tsx';
import { FailureNote } from './failure-note.tsx';
import { Section } from './layout.tsx';
import { PersonLink } from './links.tsx';
import { Loaded } from './loaded.tsx';
import { PlaceLink } from './place-link.tsx';
import { When } from './when.tsx';

/** All discussions, or the one that the address names. */
export function Discussions({ repository, number }: { repository: Repository; number: number | undefined }) {
  if (number === undefined) return <DiscussionList repository={repository} />;
  return <One key={number} repository={repository} number={number} />;
}

function One({ repository, number }: { repository: Repository; number: number }) {
  const at = { kind: repository.kind, ...splitPath(repository.path), number };
  const query = useQuery(api.discussions.get.queryOptions({ input: at }));
  return (
    <Loaded query={query} lines={6}>
      {(discussion) => (
        <Section
          title={discussion.title}
          aside={
            <PlaceLink to={{ tab: 'discussions' }} className="text-link text-sm">
              All discussions
            </PlaceLink>
          }
        >
          <p className="flex flex-wrap items-center gap-x-2 gap-y-1 text-sm text-muted">
            <DiscussionBadge discussion={discussion} />
            <span>
              #{discussion.number}, begun by <PersonLink username={discussion.author} />,{' '}
              <When at={discussion.createdAt} />
              {discussion.branch !== undefined && (
                <>
                  , into <code>{discussion.branch}</code>
                </>
              )}
            </span>
          </p>
          <EventList events={discussion.events} />
          {discussion.kind === 'pull' && <Proposal repository={repository} pull={discussion} />}
          <Answer at={at} repository={repository} discussion={discussion} />
        </Section>
      )}
    </Loaded>
  );
}

/** What a pull request changes, from where its branch and it parted. */
function Proposal({ repository, pull }: { repository: Repository; pull: DiscussionDetail }) {
  const { head, base, conflicts, status } = pull;
  return (
    <div className="space-y-3">
      <h3 className="font-semibold">What it changes</h3>
      {conflicts !== undefined && conflicts.length > 0 && status !== 'merged' && (
        <div role="alert" className="rounded-lg border border-warning/40 bg-warning-soft px-4 py-3 text-sm">
          <p className="font-medium text-warning">It cannot be merged as it is.</p>
          <p>
            These files were changed on both sides since it began:{' '}
            <span className="break-all">{conflicts.join(', ')}</span>. Commit to{' '}
            <code>refs/pr/{pull.number}</code> what they should be, on top of <code>{pull.branch}</code>.
          </p>
        </div>
      )}
      {head === undefined ? (
        <p className="text-sm text-muted">
          Nothing yet. Commit to <code>refs/pr/{pull.number}</code>: with the command line, or with the
          revision of that name in any Hugging Face client.
        </p>
      ) : (
        <ChangeList repository={repository} to={head} {...(base !== undefined && { from: base })} />
      )}
    </div>
  );
}

function Answer({
  at,
  repository,
  discussion,
}: {
  at: { kind: Repository['kind']; namespace: string; name: string; number: number };
  repository: Repository;
  discussion: DiscussionDetail;
}) {
  const { kind, status, head, conflicts = [] } = discussion;
  const [markdown, setMarkdown] = useState('');
  const queries = useQueryClient();
  const said = markdown.trim() === '' ? {} : { markdown };
  const act = useMutation({
    mutationFn: async (what: 'comment' | 'open' | 'closed' | 'merge') => {
      if (what === 'comment') await hub.discussions.comment({ ...at, markdown });
      else if (what === 'merge') await hub.discussions.merge({ ...at, ...said });
      else await hub.discussions.setStatus({ ...at, status: what, ...said });
    },
    onSuccess: () => setMarkdown(''),
    // After a refusal too: somebody else may have changed what it was about.
    onSettled: () => queries.invalidateQueries(),
  });
  if (!repository.access.read) return null;
  const mergeable = kind === 'pull' && status === 'open' && repository.access.write;
  return (
    <form
      className="space-y-3 border-t border-line pt-4"
      onSubmit={(event) => {
        event.preventDefault();
        if (markdown.trim() !== '' && !act.isPending) act.mutate('comment');
      }}
    >
      <CommentBox label="Say something" value={markdown} onChange={setMarkdown} />
      {act.error !== null && <FailureNote error={act.error} />}
      <div className="flex flex-wrap gap-2">
        <Button type="submit" look="primary" busy={act.isPending} disabled={markdown.trim() === ''}>
          Comment
        </Button>
        {mergeable && (
          <Button
            busy={act.isPending}
            disabled={head === undefined || conflicts.length > 0}
            onClick={() => act.mutate('merge')}
          >
            Merge into {discussion.branch}
          </Button>
        )}
        {status === 'draft' && (
          <Button busy={act.isPending} onClick={() => act.mutate('open')}>
            Open for review
          </Button>
        )}
        {(status === 'open' || status === 'draft') && (
          <Button busy={act.isPending} onClick={() => act.mutate('closed')}>
            Close
          </Button>
        )}
        {status === 'closed' && (
          <Button busy={act.isPending} onClick={() => act.mutate('open')}>
            Open again
          </Button>
        )}
      </div>
    </form>
  );
}
