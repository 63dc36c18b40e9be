/** The inside of a job's thread: computes what `workerData` assigns and posts reports, then the outcome. */
import { parentPort, workerData } from 'node:worker_threads';
import type { Assignment, FromThread, Work } from './assignment.ts';
import { describeFailure } from './failure.ts';

const port = parentPort;
if (port === null) throw new Error('thread-entry.ts runs in a worker thread');
const assignment = workerData as Assignment;
const stop = new AbortController();
port.on('message', () => stop.abort());

const post = (message: FromThread): void => {
  const bytes = message.kind === 'checkpoint' ? [message.bytes.buffer] : [];
  port.postMessage(message, bytes);
};

/** One kind's code is loaded, not six: a serving job needs no DuckDB. */
const works: { [K in Assignment['payload']['kind']]: () => Promise<Work<K>> } = {
  prepare: async () => (await import('./jobs/prepare.ts')).prepareJob,
  train: async () => (await import('./jobs/train.ts')).trainJob,
  evaluate: async () => (await import('./jobs/evaluate.ts')).evaluateJob,
  explain: async () => (await import('./jobs/explain.ts')).explainJob,
  serve: async () => (await import('./jobs/serve.ts')).serveJob,
  query: async () => (await import('./jobs/query.ts')).queryJob,
};

try {
  const work = (await works[assignment.payload.kind]()) as Work;
  post({ kind: 'done', outcome: await work(assignment, post, stop.signal) });
} catch (error) {
  post({ kind: 'failed', failure: describeFailure(error) });
}
port.close();
