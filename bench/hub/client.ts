import { once } from 'node:events';
import { type ClientRequest, type IncomingMessage, request } from 'node:http';

/** What is sent is a block of random bytes, over and over, in pieces of this size. */
const pieceBytes = 1 << 20;

export interface Call {
  url: string;
  method: string;
  token?: string | undefined;
  headers?: Record<string, string>;
  body?: Body;
}

export interface Body {
  sizeBytes: number;
  pieces: Iterable<Buffer>;
}

/** The bytes [start, end) of the file that a block makes, over and over. */
export const bytesOf = (block: Buffer, start: number, end: number): Body => ({
  sizeBytes: end - start,
  pieces: piecesOf(block, start, end),
});

/** One call with Node's own client, the same for every server; answers the text, or how many bytes came. Throws unless 2xx. */
export async function call({ url, method, token, headers: more, body }: Call): Promise<string> {
  const headers: Record<string, string> = {
    ...(token !== undefined && { authorization: `Bearer ${token}` }),
    ...(body && {
      'content-length': String(body.sizeBytes),
      'content-type': 'application/octet-stream',
    }),
    ...more,
  };
  const sending = request(url, { method, headers });
  const answered = once(sending, 'response') as Promise<[IncomingMessage]>;
  if (body) await send(sending, body);
  sending.end();
  const [response] = await answered;
  const status = response.statusCode ?? 0;
  let sizeBytes = 0;
  const texts: Buffer[] = [];
  for await (const piece of response) {
    sizeBytes += (piece as Buffer).length;
    if (sizeBytes < 100_000) texts.push(piece as Buffer);
  }
  if (status < 200 || status > 299) throw new Error(`${status} ${String(Buffer.concat(texts))}`);
  return sizeBytes < 100_000 ? String(Buffer.concat(texts)) : String(sizeBytes);
}

async function send(to: ClientRequest, { pieces }: Body): Promise<void> {
  for (const piece of pieces) if (!to.write(piece)) await once(to, 'drain');
}

export function* piecesOf(block: Buffer, start: number, end: number): Generator<Buffer> {
  for (let at = start; at < end; at += pieceBytes) yield pieceOf(block, at, Math.min(end, at + pieceBytes));
}

/** The bytes [at, end) of the file that a block makes: at most a piece, from a multiple of a piece on. */
export function pieceOf(block: Buffer, at: number, end: number): Buffer {
  const place = at % block.length;
  return block.subarray(place, place + end - at);
}
