import type { DiscussionEvent } from '@banyan/contract';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { hub } from '../lib/api.ts';
import type { AtDiscussion } from '../lib/repository.ts';
import { Button } from './button.tsx';
import { CommentBox } from './comment-box.tsx';
import { FailureNote } from './failure-note.tsx';
import { PersonLink } from './links.tsx';
import { Markdown } from './markdown.tsx';
import { When } from './when.tsx';

type CommentEvent = Extract<DiscussionEvent, { kind: 'comment' }>;

/** What somebody said. Its author may change it; its author and contributors may hide it, for good. */
export function Comment({
  event,
  at,
  canEdit,
  canHide,
}: {
  event: CommentEvent;
  at: AtDiscussion;
  canEdit: boolean;
  canHide: boolean;
}) {
  const [doing, setDoing] = useState<'reading' | 'editing' | 'hiding'>('reading');
  return (
    <article
      aria-label={`Comment by ${event.author}`}
      className="overflow-hidden rounded-lg border border-line bg-surface"
    >
      <div className="flex flex-wrap items-center gap-x-3 border-b border-line bg-sunken px-4 py-1 text-xs text-muted">
        <p className="min-h-8 min-w-0 flex-1 content-center">
          <PersonLink username={event.author} />, <When at={event.createdAt} />
          {event.edited && !event.hidden && ' · edited'}
        </p>
        {!event.hidden && doing === 'reading' && (
          <span className="flex gap-1">
            {canEdit && (
              <Button small look="quiet" onClick={() => setDoing('editing')}>
                Edit
              </Button>
            )}
            {canHide && (
              <Button small look="quiet" onClick={() => setDoing('hiding')}>
                Hide
              </Button>
            )}
          </span>
        )}
      </div>
      <div className="space-y-3 px-4 py-3 text-sm">
        {event.hidden ? (
          <p className="text-muted italic">This comment was hidden.</p>
        ) : doing === 'editing' ? (
          <Edit event={event} at={at} onClose={() => setDoing('reading')} />
        ) : event.markdown.trim() === '' ? (
          <p className="text-muted italic">No words.</p>
        ) : (
          <Markdown text={event.markdown} />
        )}
        {doing === 'hiding' && !event.hidden && (
          <Hide event={event} at={at} onClose={() => setDoing('reading')} />
        )}
      </div>
    </article>
  );
}

interface Change {
  event: CommentEvent;
  at: AtDiscussion;
  onClose: () => void;
}

function Edit({ event, at, onClose }: Change) {
  const [markdown, setMarkdown] = useState(event.markdown);
  const queries = useQueryClient();
  const edit = useMutation({
    mutationFn: () => hub.discussions.edit({ ...at, comment: event.id, markdown }),
    onSuccess: async () => {
      await queries.invalidateQueries();
      onClose();
    },
  });
  return (
    <form
      className="space-y-3"
      onSubmit={(submitted) => {
        submitted.preventDefault();
        if (markdown.trim() !== '' && !edit.isPending) edit.mutate();
      }}
    >
      <CommentBox label="Your comment" value={markdown} onChange={setMarkdown} autoFocus />
      {edit.error !== null && <FailureNote error={edit.error} />}
      <div className="flex flex-wrap gap-2">
        <Button
          small
          type="submit"
          look="primary"
          busy={edit.isPending}
          disabled={markdown.trim() === '' || markdown === event.markdown}
        >
          Save
        </Button>
        <Button small onClick={onClose}>
          Cancel
        </Button>
      </div>
    </form>
  );
}

function Hide({ event, at, onClose }: Change) {
  const queries = useQueryClient();
  const hide = useMutation({
    mutationFn: () => hub.discussions.hide({ ...at, comment: event.id }),
    onSuccess: () => queries.invalidateQueries(),
  });
  return (
    <div role="group" aria-label="Hide this comment?" className="space-y-2 border-t border-line pt-3">
      <p>Its words are deleted for everybody, and cannot be brought back. That it was there stays visible.</p>
      {hide.error !== null && <FailureNote error={hide.error} />}
      <div className="flex flex-wrap gap-2">
        <Button small look="danger" autoFocus busy={hide.isPending} onClick={() => hide.mutate()}>
          Hide it for good
        </Button>
        <Button small onClick={onClose}>
          Keep it
        </Button>
      </div>
    </div>
  );
}
