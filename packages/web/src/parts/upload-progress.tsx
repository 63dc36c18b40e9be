import { formatBytes, formatDuration, plural } from '../lib/format.ts';
import type { ChosenFile, FileProgress, RunState, UploadRun } from '../lib/uploads/run.ts';
import { Button } from './button.tsx';
import { ProgressBar } from './progress-bar.tsx';

/** A list that is longer than this is told by its number: a dropped folder may hold ten thousand files. */
const shown = 12;

export function ChosenList({
  files,
  leaveOut,
}: {
  files: readonly ChosenFile[];
  leaveOut: (file: ChosenFile) => void;
}) {
  const totalBytes = files.reduce((sum, { file }) => sum + file.size, 0);
  return (
    <div className="space-y-2 text-sm">
      <ul className="space-y-2">
        {files.slice(0, shown).map((one) => (
          <li key={one.path} className="grid grid-cols-[1fr_auto_auto] items-center gap-x-4">
            <span className="break-all">{one.path}</span>
            <span className="text-muted tabular-nums">{formatBytes(one.file.size)}</span>
            <Button small look="quiet" aria-label={`Leave out ${one.path}`} onClick={() => leaveOut(one)}>
              Leave out
            </Button>
          </li>
        ))}
      </ul>
      <p className="text-muted">
        {files.length > shown && `and ${plural(files.length - shown, 'more file')}, `}
        {(files.length > shown || files.length > 1) && `${formatBytes(totalBytes)} together`}
      </p>
    </div>
  );
}

/** How far an upload is as a whole and by file, with its pause and its stop. */
export function UploadProgress({ state, run }: { state: RunState; run: UploadRun }) {
  const done = state.files.filter((one) => one.state === 'done').length;
  const active = state.files.filter((one) => one.state === 'sending');
  const waiting = state.files.length - done - active.length;
  return (
    <section aria-label="Upload" className="space-y-4 rounded-lg border border-line bg-surface p-4 text-sm">
      <div className="space-y-2">
        <div className="flex flex-wrap items-baseline justify-between gap-x-4">
          <p className="text-base font-medium" role="status">
            {heading(state)}
          </p>
          <p className="text-muted tabular-nums">
            {formatBytes(state.sentBytes)} of {formatBytes(state.totalBytes)}
          </p>
        </div>
        <ProgressBar label="Upload" value={state.sentBytes} total={Math.max(1, state.totalBytes)} />
        <p className="text-muted tabular-nums">{details(state)}</p>
      </div>
      <ul className="space-y-3">
        {active.slice(0, shown).map((one) => (
          <FileRow key={one.path} file={one} />
        ))}
      </ul>
      <p className="text-muted">
        {[
          done > 0 && `${plural(done, 'file')} at the hub`,
          waiting > 0 && `${plural(waiting, 'file')} to come`,
        ]
          .filter(Boolean)
          .join(', ')}
      </p>
      {state.state !== 'committing' && (
        <div className="flex flex-wrap gap-2">
          {state.state === 'paused' ? (
            <Button look="primary" onClick={run.goOn}>
              Go on
            </Button>
          ) : (
            <Button onClick={run.pause}>Pause</Button>
          )}
          <Button look="danger" onClick={run.stop}>
            Stop
          </Button>
        </div>
      )}
    </section>
  );
}

function FileRow({ file }: { file: FileProgress }) {
  return (
    <li className="space-y-1.5">
      <div className="flex flex-wrap justify-between gap-x-4">
        <span className="break-all">{file.path}</span>
        <span className="text-muted tabular-nums">
          {formatBytes(file.sentBytes)} of {formatBytes(file.sizeBytes)}
        </span>
      </div>
      <ProgressBar
        label={`Upload of ${file.path}`}
        value={file.sentBytes}
        total={Math.max(1, file.sizeBytes)}
      />
    </li>
  );
}

function heading({ state, files }: RunState): string {
  if (state === 'paused') return 'Paused';
  if (state === 'offline') return 'Waiting for the connection';
  if (state === 'committing' || state === 'done') return `Adding ${plural(files.length, 'file')}`;
  return `Uploading ${plural(files.length, 'file')}`;
}

function details({ state, sentBytes, thereBytes, totalBytes, bytesPerSecond }: RunState): string {
  const parts = [];
  if (state === 'offline') parts.push('It goes on by itself when you are online again.');
  if (bytesPerSecond !== undefined && state === 'running') {
    parts.push(`${formatBytes(bytesPerSecond)}/s`);
    if (totalBytes > sentBytes)
      parts.push(`${formatDuration(((totalBytes - sentBytes) / bytesPerSecond) * 1000)} left`);
  }
  if (thereBytes > 0) parts.push(`${formatBytes(thereBytes)} were at the hub already`);
  return parts.join(' · ');
}
