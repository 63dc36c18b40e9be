import type { DiscussionEvent } from '@banyan/contract';
import type { AtDiscussion } from '../lib/repository.ts';
import { Comment } from './comment.tsx';
import { PersonLink } from './links.tsx';
import { PlaceLink } from './place-link.tsx';
import { When } from './when.tsx';

/** All that happened in a discussion, oldest first. */
export function EventList({
  events,
  at,
  me,
  canModerate,
}: {
  events: readonly DiscussionEvent[];
  at: AtDiscussion;
  /** Who is signed in. */
  me: string | undefined;
  canModerate: boolean;
}) {
  return (
    <ol className="space-y-3">
      {events.map((event) => (
        <li key={event.id}>
          {event.kind === 'comment' ? (
            <Comment
              {...{ event, at }}
              canEdit={event.author === me}
              canHide={event.author === me || canModerate}
            />
          ) : (
            <Happened event={event} />
          )}
        </li>
      ))}
    </ol>
  );
}

function Happened({ event }: { event: Exclude<DiscussionEvent, { kind: 'comment' }> }) {
  return (
    <p className="border-l-2 border-line pl-3 text-sm text-muted">
      <PersonLink username={event.author} /> <What event={event} />, <When at={event.createdAt} />
    </p>
  );
}

const deeds = {
  draft: 'made this a draft',
  open: 'opened this',
  closed: 'closed this',
  merged: 'merged this',
};

function What({ event }: { event: Exclude<DiscussionEvent, { kind: 'comment' }> }) {
  if (event.kind === 'status') return deeds[event.status];
  if (event.kind === 'title')
    return (
      <>
        called it “{event.to}” in place of “{event.from}”
      </>
    );
  const version = (
    <PlaceLink to={{ tab: 'versions', commit: event.commit }} className="text-link font-mono text-xs">
      {event.commit.slice(0, 10)}
    </PlaceLink>
  );
  if (event.kind === 'merge') return <>merged this as {version}</>;
  return (
    <>
      committed {version} “{event.message.split('\n')[0]}”
    </>
  );
}
