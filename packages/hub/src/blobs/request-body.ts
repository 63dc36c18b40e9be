import type { IncomingMessage } from 'node:http';
import { finished, Readable } from 'node:stream';
import { giveBack } from '@banyan/contract/xet';

/**
 * The bytes of a request, handed on as they come from the network: no piece is joined with others or copied. Nothing is
 * read before somebody wants it. Whoever stops half-way, because the bytes will not do, leaves the request open, so that the
 * client hears why; a request that is destroyed would take the connection with it.
 */
export class RequestBody extends Readable {
  readonly #request: IncomingMessage;
  #letGo: (() => void) | undefined;

  constructor(request: IncomingMessage) {
    super({ highWaterMark: 1 << 20 });
    this.#request = request;
  }

  override _read(): void {
    this.#letGo ??= this.#listen();
    this.#request.resume();
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.#letGo?.();
    done(error);
  }

  #listen(): () => void {
    const request = this.#request;
    const take = (piece: Buffer): void => {
      if (!this.push(piece)) request.pause();
    };
    request.on('data', take);
    const forget = finished(request, { writable: false }, (error) => {
      if (error) this.destroy(error);
      else this.push(null);
    });
    return () => {
      forget();
      request.off('data', take);
      discard(request);
    };
  }
}

/** More than this is not taken off the line for nothing: the connection ends instead. */
const discardedBytes = 64 << 20;

/** What is left of a body lies before the next request on its connection, which would wait for it. */
function discard(request: IncomingMessage): void {
  let left = discardedBytes;
  request.on('data', (piece: Buffer) => {
    left -= piece.length;
    giveBack(piece);
    if (left < 0) request.destroy();
  });
  request.resume();
}

const passing = new WeakSet<Readable>();

/** Says that a stream passes on the pieces of a request, and keeps none of them. */
export const passesOn = (stream: Readable): void => void passing.add(stream);

/** Gives the memory of a request's pieces back. Those of any other stream stay: whoever made them may still need them. */
export function release(body: Readable, pieces: readonly Buffer[]): void {
  if (body instanceof RequestBody || passing.has(body)) for (const piece of pieces) giveBack(piece);
}
