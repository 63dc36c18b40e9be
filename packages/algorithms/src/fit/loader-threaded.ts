import { Worker } from 'node:worker_threads';
import { AlgorithmError, type Feeds, type Split } from '../algorithm.ts';
import type { BatchOrder, Loader, LoaderOptions } from './batch-maker.ts';

/** What the thread starts with, and what it says of each step it is asked for, in that order. */
export interface LoaderData {
  order: BatchOrder;
  split: Split;
}
export type Loaded = { step: number } & (
  | { batches: Feeds[] }
  | { failed: { code?: AlgorithmError['code']; message: string } }
);

/** Steps that are made ahead: enough to even out a slow one, few enough to be small beside the model. */
const AHEAD = 3;

/**
 * A thread that makes the batches of the next steps while this one trains. The examples are copied once, into memory that
 * both threads share; the batches are handed over without a copy.
 */
export function openThreadedLoader({
  order,
  split,
  lastStep,
}: Pick<LoaderOptions, 'order' | 'split' | 'lastStep'>): Loader {
  const workerData: LoaderData = { order, split: shared(split) };
  const thread = new Worker(new URL('./loader-thread.ts', import.meta.url), { workerData, name: 'loader' });
  thread.unref();
  const made = new Map<number, PromiseWithResolvers<readonly Feeds[]>>();
  let asked: number | undefined;
  let ended: Error | undefined;

  const end = (error: Error): void => {
    ended ??= error;
    for (const { reject } of made.values()) reject(ended);
  };
  thread.on('message', (loaded: Loaded) => {
    const waiting = made.get(loaded.step);
    if ('batches' in loaded) waiting?.resolve(loaded.batches);
    else {
      const { code, message } = loaded.failed;
      waiting?.reject(code === undefined ? new Error(message) : new AlgorithmError(code, message));
    }
  });
  thread.on('error', (cause) =>
    end(new Error(`the thread that makes batches failed: ${String(cause)}`, { cause })),
  );
  thread.on('exit', () => end(new Error('the thread that makes batches has ended')));

  function ask(step: number): void {
    const waiting = Promise.withResolvers<readonly Feeds[]>();
    // It may fail before anybody waits for it; who then does is told.
    waiting.promise.catch(() => {});
    made.set(step, waiting);
    if (ended !== undefined) waiting.reject(ended);
    else thread.postMessage(step, []);
  }

  return {
    async batches(step) {
      asked ??= step - 1;
      while (asked < Math.min(lastStep, step + AHEAD)) ask((asked += 1));
      const waiting = made.get(step);
      if (waiting === undefined) throw new RangeError(`step ${step} was taken before, or does not follow`);
      thread.ref();
      try {
        return await waiting.promise;
      } finally {
        thread.unref();
        made.delete(step);
      }
    },
    close: async () => void (await thread.terminate()),
  };
}

/** The same numbers in memory that threads share. */
function shared(split: Split): Split {
  const { x, y, tokens } = split;
  const copied = { ...split, x: inShared(x), ...(y !== undefined && { y: inShared(y) }) };
  // A text's tokens may be its x: one copy serves both.
  return tokens === undefined
    ? copied
    : { ...copied, tokens: tokens === x ? (copied.x as Int32Array) : inShared(tokens) };
}

function inShared<T extends Float32Array | Int32Array | Uint8Array>(values: T): T {
  const Same = values.constructor as new (buffer: SharedArrayBuffer) => T;
  const copy = new Same(new SharedArrayBuffer(values.byteLength));
  copy.set(values);
  return copy;
}
