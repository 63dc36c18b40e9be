import { useMutation } from '@tanstack/react-query';
import { type DragEvent, useId, useRef, useState } from 'react';
import { api, queryClient } from '../lib/api.ts';
import { formatBytes, plural } from '../lib/format.ts';
import { splitPath } from '../lib/repository.ts';
import { commitFiles, type Upload } from '../lib/upload.ts';
import { Button } from './button.tsx';
import { FailureNote } from './failure-note.tsx';
import { TextField } from './field.tsx';
import { ProgressBar } from './progress-bar.tsx';

/** Files dropped or chosen here become one commit. */
export function FileDrop({ kind, path }: { kind: 'dataset' | 'model'; path: string }) {
  const inputId = useId();
  const [files, setFiles] = useState<readonly File[]>([]);
  const [message, setMessage] = useState('');
  const [over, setOver] = useState(false);
  const [uploads, setUploads] = useState<readonly Upload[]>([]);
  const abort = useRef<AbortController>(undefined);
  const send = useMutation({
    mutationFn: () => {
      abort.current = new AbortController();
      return commitFiles({
        kind,
        ...splitPath(path),
        message: message || `Add ${files.map((file) => file.name).join(', ')}`.slice(0, 2000),
        files: files.map((file) => ({ path: file.name, file })),
        onProgress: setUploads,
        signal: abort.current.signal,
      });
    },
    onSuccess: async () => {
      setFiles([]);
      setMessage('');
      await queryClient.invalidateQueries({ queryKey: api.repositories.key() });
    },
    onSettled: () => setUploads([]),
  });
  const choose = (chosen: FileList | null) => {
    const added = [...(chosen ?? [])];
    const names = new Set(added.map((file) => file.name));
    setFiles([...files.filter((file) => !names.has(file.name)), ...added]);
  };
  const drop = (event: DragEvent) => {
    event.preventDefault();
    setOver(false);
    choose(event.dataTransfer.files);
  };
  return (
    <div className="space-y-4">
      <label
        htmlFor={inputId}
        onDragOver={(event) => {
          event.preventDefault();
          setOver(true);
        }}
        onDragLeave={() => setOver(false)}
        onDrop={drop}
        className={`block cursor-pointer rounded-lg border-2 border-dashed px-5 py-8 text-center focus-within:outline-2 focus-within:outline-accent ${over ? 'border-accent bg-accent-soft' : 'border-line'}`}
      >
        <span className="font-medium">Drop files here</span>{' '}
        <span className="text-muted">
          or <span className="text-link">choose them</span>
        </span>
        <input
          id={inputId}
          type="file"
          multiple
          className="sr-only"
          onChange={(event) => {
            choose(event.target.files);
            event.target.value = '';
          }}
        />
      </label>
      {files.length > 0 && (
        <form
          className="space-y-4 rounded-lg border border-line bg-surface p-4"
          onSubmit={(event) => {
            event.preventDefault();
            send.mutate();
          }}
        >
          <ul className="space-y-2 text-sm">
            {files.map((file) => {
              const upload = uploads.find((one) => one.path === file.name);
              return (
                <li key={file.name} className="grid grid-cols-[1fr_auto_auto] items-center gap-x-4">
                  <span className="break-all">{file.name}</span>
                  <span className="text-muted">{formatBytes(file.size)}</span>
                  <Button
                    small
                    look="quiet"
                    disabled={send.isPending}
                    aria-label={`Leave out ${file.name}`}
                    onClick={() => setFiles(files.filter((one) => one !== file))}
                  >
                    Leave out
                  </Button>
                  {upload !== undefined && (
                    <div className="col-span-3">
                      <ProgressBar
                        label={`Upload of ${file.name}`}
                        value={upload.sentBytes}
                        total={Math.max(1, upload.sizeBytes)}
                      />
                    </div>
                  )}
                </li>
              );
            })}
          </ul>
          <TextField label="What changes (optional)" value={message} onChange={setMessage} />
          <div className="flex gap-2">
            <Button type="submit" look="primary" busy={send.isPending}>
              Add {plural(files.length, 'file')}
            </Button>
            {send.isPending && <Button onClick={() => abort.current?.abort()}>Stop</Button>}
          </div>
        </form>
      )}
      {send.error !== null && <FailureNote error={send.error} />}
    </div>
  );
}
