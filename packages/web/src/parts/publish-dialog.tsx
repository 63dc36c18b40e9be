import { useEffect, useRef, useState } from 'react';
import { readQuality } from '../lib/quality.ts';
import { Button } from './button.tsx';
import { useProfile } from './dataset-profile.tsx';
import { PersonalTable } from './dataset-quality.tsx';
import { FailureNote } from './failure-note.tsx';
import { CheckField } from './field.tsx';

/** Asked when a private dataset is opened whose newest version probably holds personal data. */
export function PublishDialog({
  path,
  visibility,
  refusal,
  busy,
  onPublish,
  onClose,
}: {
  path: string;
  visibility: 'public' | 'gated';
  /** The hub's, which names the columns too. */
  refusal: unknown;
  busy: boolean;
  onPublish: () => void;
  onClose: () => void;
}) {
  const dialog = useRef<HTMLDialogElement>(null);
  const [known, setKnown] = useState(false);
  const profile = useProfile(path).data?.profile;
  const personal = readQuality(profile)?.personal ?? [];
  useEffect(() => dialog.current?.showModal(), []);
  return (
    <dialog
      ref={dialog}
      aria-labelledby="publish-title"
      onClose={onClose}
      className="m-auto w-[min(40rem,calc(100vw-2rem))] rounded-lg border border-line bg-surface p-0 text-ink backdrop:bg-black/50"
    >
      <form
        className="space-y-4 p-5 sm:p-6"
        onSubmit={(event) => {
          event.preventDefault();
          if (!busy) onPublish();
        }}
      >
        <h2 id="publish-title" className="text-xl font-semibold">
          This dataset probably holds personal data
        </h2>
        <p className="text-sm text-muted">
          {visibility === 'public'
            ? 'Once it is public, everybody can read and copy these columns.'
            : 'Once it is gated, everybody to whom you give access can read these columns.'}{' '}
          You can also close this, remove or mask them in a new version, and publish that.
        </p>
        <div className="max-h-72 overflow-y-auto border-y border-line">
          {personal.length > 0 ? <PersonalTable personal={personal} /> : <FailureNote error={refusal} />}
        </div>
        <CheckField
          label="I know what these columns hold, and others may read them. The ledger keeps that I said so."
          checked={known}
          onChange={setKnown}
          required
        />
        <div className="flex flex-wrap justify-end gap-3">
          <Button onClick={() => dialog.current?.close()}>Keep it private</Button>
          <Button type="submit" look="danger" busy={busy} disabled={!known}>
            {visibility === 'public' ? 'Publish all the same' : 'Open it all the same'}
          </Button>
        </div>
      </form>
    </dialog>
  );
}
