import { type HubError, refuse } from '@banyan/contract';
import { hub, hubUrl } from './api.ts';

export interface Upload {
  path: string;
  sizeBytes: number;
  sentBytes: number;
}

/** Sends one file's bytes. XMLHttpRequest, because fetch tells no upload progress. */
function sendBlob(file: File, onProgress: (sentBytes: number) => void, signal: AbortSignal): Promise<string> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open('POST', `${hubUrl}/api/blobs`);
    request.setRequestHeader('content-type', 'application/octet-stream');
    request.upload.addEventListener('progress', (event) => onProgress(event.loaded));
    request.addEventListener('load', () => {
      refuse(new Response(request.responseText, { status: request.status })).then(
        () => {
          resolve((JSON.parse(request.responseText) as { sha256: string }).sha256);
        },
        (error: HubError) => reject(error),
      );
    });
    request.addEventListener('error', () => reject(new TypeError('network')));
    request.addEventListener('abort', () => reject(new Error('Stopped. Nothing was added.')));
    signal.addEventListener('abort', () => request.abort());
    request.send(file);
  });
}

/** Uploads files one after the other, then adds them all in a single commit: either every file arrives or none. */
export async function commitFiles(options: {
  kind: 'dataset' | 'model';
  namespace: string;
  name: string;
  message: string;
  files: readonly { path: string; file: File }[];
  onProgress: (uploads: Upload[]) => void;
  signal: AbortSignal;
}): Promise<void> {
  const { files, onProgress, signal, ...commit } = options;
  const uploads = files.map(({ path, file }) => ({ path, sizeBytes: file.size, sentBytes: 0 }));
  const operations: { op: 'add'; path: string; sha256: string }[] = [];
  for (const [index, { path, file }] of files.entries()) {
    const upload = uploads[index]!;
    const sha256 = await sendBlob(
      file,
      (sentBytes) => {
        upload.sentBytes = Math.min(sentBytes, file.size);
        onProgress([...uploads]);
      },
      signal,
    );
    upload.sentBytes = file.size;
    onProgress([...uploads]);
    operations.push({ op: 'add', path, sha256 });
  }
  await hub.repositories.commit({ ...commit, operations });
}
