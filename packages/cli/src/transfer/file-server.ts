import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createHubClient, type FileEntry } from '@banyan/contract';
import type { Session } from '../session.ts';

export type Answer = (request: IncomingMessage, response: ServerResponse) => void;

/** For tests: a server of one's own, for what a good hub never does. */
export async function withServer(answer: Answer, work: (session: Session) => Promise<void>): Promise<void> {
  const server = createServer(answer);
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  await work({ url, token: 'hf_x', hub: createHubClient({ url, token: 'hf_x' }) }).finally(() => {
    server.closeAllConnections();
    server.close();
  });
}

export const sha256Of = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

export const entryOf = (path: string, bytes: Uint8Array): FileEntry => ({
  path,
  sha256: sha256Of(bytes),
  sizeBytes: bytes.length,
});

/** The range that was asked for, answered as the hub answers it; `spoil` may change or cut what is sent. */
export function answerRange(
  request: IncomingMessage,
  response: ServerResponse,
  bytes: Uint8Array,
  spoil: (part: Uint8Array, start: number) => Uint8Array = (part) => part,
): void {
  const [, first, last] = /^bytes=(\d+)-(\d+)$/.exec(request.headers.range ?? '') ?? [];
  const [start, end] = [Number(first), Number(last) + 1];
  const part = bytes.subarray(start, end);
  response.writeHead(206, {
    'content-length': part.length,
    'content-range': `bytes ${start}-${end - 1}/${bytes.length}`,
  });
  const sent = spoil(part, start);
  if (sent.length === part.length) return void response.end(sent);
  // Half an answer, then the line is cut.
  response.write(sent, () => response.destroy());
}
