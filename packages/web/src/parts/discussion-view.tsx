import type { DiscussionDetail, Repository } from '@banyan/contract';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { api, hub } from '../lib/api.ts';
import { type AtDiscussion, splitPath } from '../lib/repository.ts';
import { useMe } from '../lib/session.ts';
import { Button } from './button.tsx';
import { CommentBox } from './comment-box.tsx';
import { DiscussionBadge, DiscussionList } from './discussion-list.tsx';
import { EventList } from './event-list.tsx';
import { FailureNote } from './failure-note.tsx';
import { Section } from './layout.tsx';
import { PersonLink } from './links.tsx';
import { Loaded } from './loaded.tsx';
import { PlaceLink } from './place-link.tsx';
import { PullRequest } from './pull-request.tsx';
import { When } from './when.tsx';

/** All discussions, or the one that the address names. */
export function Discussions({ repository, number }: { repository: Repository; number: number | undefined }) {
  if (number === undefined) return <DiscussionList repository={repository} />;
  return <One key={number} repository={repository} number={number} />;
}

function One({ repository, number }: { repository: Repository; number: number }) {
  const at = { kind: repository.kind, ...splitPath(repository.path), number };
  const query = useQuery(api.discussions.get.queryOptions({ input: at }));
  const me = useMe();
  return (
    <Loaded query={query} lines={6}>
      {(discussion) => {
        const mayChange = repository.access.write || discussion.author === me.data?.person.username;
        return (
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
            <EventList
              events={discussion.events}
              at={at}
              me={me.data?.person.username}
              canModerate={repository.access.write}
            />
            {discussion.kind === 'pull' && (
              <PullRequest {...{ at, repository, mayChange }} pull={discussion} />
            )}
            <Answer {...{ at, repository, discussion, mayChange }} />
          </Section>
        );
      }}
    </Loaded>
  );
}

function Answer({
  at,
  repository,
  discussion,
  mayChange,
}: {
  at: AtDiscussion;
  repository: Repository;
  discussion: DiscussionDetail;
  mayChange: boolean;
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
        {mayChange && status === 'draft' && (
          <Button busy={act.isPending} onClick={() => act.mutate('open')}>
            Open for review
          </Button>
        )}
        {mayChange && (status === 'open' || status === 'draft') && (
          <Button busy={act.isPending} onClick={() => act.mutate('closed')}>
            Close
          </Button>
        )}
        {mayChange && status === 'closed' && (
          <Button busy={act.isPending} onClick={() => act.mutate('open')}>
            Open again
          </Button>
        )}
      </div>
    </form>
  );
}
