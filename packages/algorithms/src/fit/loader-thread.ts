/** The thread behind `openThreadedLoader`: makes the batches of each step it is asked for. */
import { parentPort, workerData } from 'node:worker_threads';
import { AlgorithmError, type Feeds } from '../algorithm.ts';
import { createBatchMaker } from './batch-maker.ts';
import type { Loaded, LoaderData } from './loader-threaded.ts';

const port = parentPort;
if (port === null) throw new Error('loader-thread.ts runs as a worker thread only');
const { order, split } = workerData as LoaderData;
const make = createBatchMaker(order, split);

/** Values to give away: what is a view of the shared examples becomes a copy. */
const own = (feeds: Feeds): Feeds =>
  Object.fromEntries(
    Object.entries(feeds).map(([name, data]) => [
      name,
      !Array.isArray(data) && data.buffer instanceof SharedArrayBuffer ? data.slice() : data,
    ]),
  );

const buffersOf = (batches: readonly Feeds[]): ArrayBuffer[] => [
  ...new Set(
    batches.flatMap((feeds) =>
      Object.values(feeds).flatMap((data) => (Array.isArray(data) ? [] : [data.buffer as ArrayBuffer])),
    ),
  ),
];

port.on('message', (step: number) => {
  try {
    const batches = make(step).map(own);
    port.postMessage({ step, batches } satisfies Loaded, buffersOf(batches));
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    const failed = error instanceof AlgorithmError ? { code: error.code, message } : { message };
    port.postMessage({ step, failed } satisfies Loaded);
  }
});
