import { request as httpRequest, type IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { finished } from 'node:stream';
import { refuse } from '@banyan/contract';
import { giveBack } from '@banyan/contract/xet';

export interface Exchange {
  method: 'GET' | 'POST';
  address: string;
  token: string;
  headers?: Record<string, string>;
  body?: readonly Uint8Array[];
  /** All of the body is with the operating system; an answer may come before. */
  onLeft?: () => void;
  signal: AbortSignal;
  /** Given up when nothing moves for so long. */
  idleMs: number;
}

/** A refusal is a sentence; more than this is no refusal of a hub's. */
const refusalBytes = 1 << 20;

/** A cut line, told as `fetch` tells it. */
export const cutLine = (cause: unknown): TypeError => new TypeError('fetch failed', { cause });

/**
 * One request without `fetch`, whose streams cost half the speed of a download and which gives up on an answer after five minutes,
 * less than a hub needs to read a large file once more. Resolves when the answer begins; throws HubError when it is a refusal.
 */
export async function exchange({
  method,
  address,
  token,
  headers,
  body = [],
  onLeft = () => {},
  signal,
  idleMs,
}: Exchange): Promise<IncomingMessage> {
  const secure = address.startsWith('https:');
  const request = (secure ? httpsRequest : httpRequest)(address, {
    method,
    signal,
    headers: {
      ...headers,
      authorization: `Bearer ${token}`,
      ...(method === 'POST' && {
        'content-type': 'application/octet-stream',
        'content-length': String(body.reduce((sum, { length }) => sum + length, 0)),
      }),
    },
  });
  request.setTimeout(idleMs, () => request.destroy(new Error(`nothing came for ${idleMs / 1000} s`)));
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    request.once('response', resolve);
    request.once('error', (cause) => reject(signal.aborted ? cause : cutLine(cause)));
    request.once('finish', onLeft);
    // Many small pieces leave as few large ones.
    request.cork();
    for (const part of body) request.write(part);
    request.end();
    request.uncork();
  });
  const status = response.statusCode ?? 500;
  if (status >= 200 && status < 300) return response;
  const text = await readWhole(response, refusalBytes).finally(() => {
    // The hub reads no further; what did not leave would keep the connection, and this process, for more than a minute.
    if (!request.writableFinished) request.destroy();
  });
  await refuse(new Response(text, { status: status < 300 ? 500 : status }));
  throw new Error('unreachable');
}

/** Gives an answer's bytes to `take` as they come, which must use them at once. Fails as a cut line when it ends early. */
export async function readPieces(response: IncomingMessage, take: (piece: Buffer) => void): Promise<void> {
  try {
    await new Promise<void>((resolve, reject) => {
      finished(response, { writable: false }, (error) => (error ? reject(error) : resolve()));
      response.on('data', (piece: Buffer) => {
        try {
          take(piece);
          giveBack(piece);
        } catch (error) {
          response.destroy(error as Error);
        }
      });
    });
  } catch (error) {
    throw cutLine(error);
  } finally {
    response.destroy();
  }
}

/** The answer's bytes, at most `limit` of them. Fails as a cut line when it ends early or does not end. */
export async function readWhole(response: IncomingMessage, limit: number): Promise<Uint8Array<ArrayBuffer>> {
  const parts: Uint8Array[] = [];
  let sizeBytes = 0;
  await readPieces(response, (piece) => {
    sizeBytes += piece.length;
    if (sizeBytes > limit) throw new Error('the answer is too long');
    parts.push(Uint8Array.from(piece));
  });
  const all = new Uint8Array(sizeBytes);
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}
