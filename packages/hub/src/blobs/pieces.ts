import { finished, type Readable } from 'node:stream';

/**
 * Calls `take` with each piece of a stream as it comes, in this turn of the event loop; a promise that it returns is waited
 * for before the next. Iterating over the stream would join what has gathered meanwhile. When `take` fails, the stream is
 * destroyed. Throws what `take` threw, or what broke the stream; nothing is being taken any more then.
 */
export function eachPiece(body: Readable, take: (piece: Buffer) => Promise<void> | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    let failed = false;
    let taking: Promise<void> | undefined;
    const fail = (error: unknown): void => {
      failed = true;
      body.destroy();
      reject(error);
    };
    finished(body, { writable: false }, (error) => {
      void Promise.allSettled([taking]).then(() => (error ? reject(error) : resolve()));
    });
    body.on('data', (piece: Buffer) => {
      if (failed) return;
      try {
        const busy = take(piece);
        if (!busy) return;
        body.pause();
        taking = busy;
        busy.then(() => body.resume(), fail);
      } catch (error) {
        fail(error);
      }
    });
  });
}
