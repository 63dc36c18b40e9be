import { useBlocker } from '@tanstack/react-router';
import { type DragEvent, useEffect, useId, useState } from 'react';
import { queryClient } from '../lib/api.ts';
import { plural } from '../lib/format.ts';
import { splitPath } from '../lib/repository.ts';
import { type Chosen, chosenFiles, droppedFiles } from '../lib/uploads/chosen.ts';
import { type ChosenFile, type RunState, startUpload, type UploadRun } from '../lib/uploads/run.ts';
import { Button } from './button.tsx';
import { FailureNote } from './failure-note.tsx';
import { TextField } from './field.tsx';
import { PlaceLink } from './place-link.tsx';
import { ProposeChoice } from './propose-choice.tsx';
import { ChosenList, UploadProgress } from './upload-progress.tsx';

/** Files and folders dropped or chosen here become one commit, or a pull request of those who may not write here. */
export function FileDrop({
  kind,
  path,
  mayWrite,
}: {
  kind: 'dataset' | 'model';
  path: string;
  mayWrite: boolean;
}) {
  const [files, setFiles] = useState<readonly ChosenFile[]>([]);
  const [remark, setRemark] = useState('');
  const [message, setMessage] = useState('');
  const [state, setState] = useState<RunState>();
  const [error, setError] = useState<unknown>();
  const [run, setRun] = useState<UploadRun>();
  const [propose, setPropose] = useState(!mayWrite);
  const [proposed, setProposed] = useState<number>();
  // Who leaves the page all the same ends the upload; one that is over does not mind.
  useEffect(() => () => run?.stop(), [run]);

  const take = ({ files: added, hidden, impossible }: Chosen) => {
    const paths = new Set(added.map((one) => one.path));
    setFiles((before) => [...before.filter((one) => !paths.has(one.path)), ...added]);
    setRemark(
      [
        hidden > 0 && `${plural(hidden, 'hidden file')} left out.`,
        impossible.length > 0 && `No repository can hold a file called ${impossible.slice(0, 3).join(', ')}.`,
      ]
        .filter(Boolean)
        .join(' '),
    );
  };
  const send = async () => {
    setError(undefined);
    setProposed(undefined);
    const names = files.slice(0, 20).map((one) => one.path);
    const started = startUpload({
      kind,
      ...splitPath(path),
      message: message || `Add ${names.join(', ')}${files.length > 20 ? ', ...' : ''}`.slice(0, 2000),
      files,
      pullRequest: propose,
      onChange: setState,
    });
    setRun(started);
    try {
      const number = await started.finished;
      setFiles([]);
      setRemark('');
      setMessage('');
      await queryClient.invalidateQueries();
      setProposed(number);
    } catch (failure) {
      setError(failure);
    } finally {
      setRun(undefined);
      setState(undefined);
    }
  };

  return (
    <div className="space-y-4">
      {run === undefined && <DropZone take={take} fail={setError} mayWrite={mayWrite} />}
      {proposed !== undefined && (
        <p role="status" className="text-sm">
          Proposed in{' '}
          <PlaceLink to={{ tab: 'discussions', number: proposed }} className="text-link">
            pull request #{proposed}
          </PlaceLink>
          .
        </p>
      )}
      {remark !== '' && <p className="text-sm text-muted">{remark}</p>}
      {state !== undefined && run !== undefined && <UploadProgress state={state} run={run} />}
      {run === undefined && files.length > 0 && (
        <form
          className="space-y-4 rounded-lg border border-line bg-surface p-4"
          onSubmit={(event) => {
            event.preventDefault();
            void send();
          }}
        >
          <ChosenList
            files={files}
            leaveOut={(gone) => setFiles(files.filter((one) => one.path !== gone.path))}
          />
          <TextField label="What changes (optional)" value={message} onChange={setMessage} />
          <ProposeChoice {...{ mayWrite, propose, setPropose }} />
          <div className="flex flex-wrap gap-2">
            <Button type="submit" look="primary">
              {propose ? 'Propose' : 'Add'} {plural(files.length, 'file')}
            </Button>
            <Button look="quiet" onClick={() => setFiles([])}>
              Leave all out
            </Button>
          </div>
        </form>
      )}
      {error !== undefined && <FailureNote error={error} />}
      <LeaveQuestion asking={run !== undefined} />
    </div>
  );
}

function DropZone({
  take,
  fail,
  mayWrite,
}: {
  take: (chosen: Chosen) => void;
  fail: (error: unknown) => void;
  mayWrite: boolean;
}) {
  const inputId = useId();
  const [over, setOver] = useState(false);
  const drop = (event: DragEvent) => {
    event.preventDefault();
    setOver(false);
    droppedFiles(event.dataTransfer).then(take, fail);
  };
  return (
    <div
      onDragOver={(event) => {
        event.preventDefault();
        setOver(true);
      }}
      onDragLeave={() => setOver(false)}
      onDrop={drop}
      className={`rounded-lg border-2 border-dashed px-5 py-8 text-center has-[input:focus-visible]:outline-2 has-[input:focus-visible]:outline-accent ${over ? 'border-accent bg-accent-soft' : 'border-line'}`}
    >
      <label htmlFor={inputId} className="cursor-pointer">
        <span className="font-medium">Drop files or folders here{!mayWrite && ' to propose them'}</span>{' '}
        <span className="text-muted">
          or <span className="text-link">choose files</span>
        </span>
        <input
          id={inputId}
          type="file"
          multiple
          className="sr-only"
          onChange={(event) => {
            take(chosenFiles(event.target.files ?? []));
            event.target.value = '';
          }}
        />
      </label>{' '}
      <span className="text-muted">or</span>{' '}
      <button type="button" className="cursor-pointer text-link" onClick={() => chooseFolder(take)}>
        a folder
      </button>
      <p className="mt-2 text-sm text-muted">
        Of any size: what was interrupted goes on when you choose it again.
      </p>
    </div>
  );
}

/** A browser's input takes either files or one folder, so the folder's is made when it is wanted. */
function chooseFolder(take: (chosen: Chosen) => void) {
  const input = document.createElement('input');
  input.type = 'file';
  input.webkitdirectory = true;
  input.addEventListener('change', () => take(chosenFiles(input.files ?? [])));
  input.click();
}

const tabOf = ({ search }: { search: object }): unknown => ('tab' in search ? search.tab : undefined);

/** Asks before the page is left: by a link of ours here, by the browser itself for everything else. */
function LeaveQuestion({ asking }: { asking: boolean }) {
  const { status, proceed, reset } = useBlocker({
    // From folder to folder the upload goes on.
    shouldBlockFn: ({ current, next }) =>
      asking && !(current.pathname === next.pathname && tabOf(current) === tabOf(next)),
    enableBeforeUnload: () => asking,
    withResolver: true,
  });
  if (status !== 'blocked') return null;
  return (
    <div
      role="alertdialog"
      aria-label="Leave while files are uploaded?"
      className="fixed inset-x-4 bottom-4 z-50 mx-auto max-w-md rounded-lg border border-line bg-surface p-4 shadow-lg"
    >
      <p className="font-medium">Files are still being uploaded.</p>
      <p className="mt-1 text-sm text-muted">
        If you leave, nothing is added. What has arrived is kept for a week: choose the same files to go on.
      </p>
      <div className="mt-3 flex gap-2">
        <Button look="primary" autoFocus onClick={reset}>
          Stay
        </Button>
        <Button look="danger" onClick={proceed}>
          Leave
        </Button>
      </div>
    </div>
  );
}
