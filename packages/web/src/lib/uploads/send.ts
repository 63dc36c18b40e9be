import { refuse } from '@banyan/contract';
import { hubUrl } from '../api.ts';

/** Sends bytes to a plain route. XMLHttpRequest, because fetch tells no upload progress. */
export function send(
  method: 'POST' | 'PUT',
  path: string,
  body: Blob,
  {
    sha256,
    signal,
    onProgress,
  }: { sha256: string; signal: AbortSignal; onProgress: (sentBytes: number) => void },
): Promise<string> {
  return new Promise((resolve, reject) => {
    signal.throwIfAborted();
    const request = new XMLHttpRequest();
    request.open(method, `${hubUrl}${path}`);
    request.setRequestHeader('content-type', 'application/octet-stream');
    request.setRequestHeader('content-sha256', sha256);
    request.upload.addEventListener('progress', (event) => onProgress(event.loaded));
    request.addEventListener('load', () => {
      // A response with the status 204 can have no body, not even an empty one.
      if (request.status >= 200 && request.status < 300) resolve(request.responseText);
      else refuse(new Response(request.responseText, { status: request.status })).then(undefined, reject);
    });
    request.addEventListener('error', () => reject(new TypeError('network')));
    request.addEventListener('abort', () => reject(new DOMException('Stopped', 'AbortError')));
    signal.addEventListener('abort', () => request.abort(), { once: true });
    // A piece of a file, not its bytes: those would be copied while the page stands still.
    request.send(body);
  });
}
