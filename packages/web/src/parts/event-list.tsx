import type { DiscussionEvent } from '@banyan/contract';
import { PersonLink } from './links.tsx';
import { Markdown } from './markdown.tsx';
import { PlaceLink } from './place-link.tsx';
import { When } from './when.tsx';

/** All that happened in a discussion, oldest first. */
export function EventList({ events }: { events: readonly DiscussionEvent[] }) {
  return (
    <ol className="space-y-3">
      {events.map((event) => (
        <li key={event.id}>
          {event.kind === 'comment' ? <Comment event={event} /> : <Happened event={event} />}
        </li>
      ))}
    </ol>
  );
}

function Comment({ event }: { event: Extract<DiscussionEvent, { kind: 'comment' }> }) {
  return (
    <article className="overflow-hidden rounded-lg border border-line bg-surface">
      <p className="border-b border-line bg-sunken px-4 py-1.5 text-xs text-muted">
        <PersonLink username={event.author} />, <When at={event.createdAt} />
        {event.edited && ' · edited'}
      </p>
      <div className="px-4 py-3 text-sm">
        {event.hidden ? (
          <p className="text-muted italic">This comment was hidden.</p>
        ) : event.markdown.trim() === '' ? (
          <p className="text-muted italic">No words.</p>
        ) : (
          <Markdown text={event.markdown} />
        )}
      </div>
    </article>
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
