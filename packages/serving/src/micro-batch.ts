import type { TensorData } from '@banyan/engine';
import type { Feeds } from './input-columns.ts';
import { concatTensors, sliceTensor } from './rows-of-tensors.ts';
import { asServingError, ServingError } from './serving-error.ts';

export interface MicroBatchOptions {
  /** How long the first request of a batch waits for company. */
  windowMs?: number;
  /** Examples in one session run. */
  maxBatch?: number;
  /** Examples that may wait; more are refused with 'busy'. */
  maxQueued?: number;
}

export interface MicroBatcher {
  /** Runs `count` examples, together with others that arrive at about the same time. */
  submit(feeds: Feeds, count: number): Promise<Feeds>;
  /** Refuses new work and what still waits; what runs is finished. */
  close(): Promise<void>;
}

interface Waiting {
  feeds: Feeds;
  count: number;
  resolve: (outputs: Feeds) => void;
  reject: (error: ServingError) => void;
}

/**
 * Gathers concurrent requests into one run each few milliseconds: a run of 64 rows costs little more than a run of one.
 * One run at a time; while it lasts, the next batch gathers. A failing batch is run again request by request, so that
 * one request cannot spoil another's answer.
 *
 * @param run one session run; outputs have the examples along their first axis, as the inputs do
 */
export function createMicroBatcher(
  run: (feeds: Feeds) => Promise<Record<string, TensorData>>,
  { windowMs = 3, maxBatch = 256, maxQueued = 4096 }: MicroBatchOptions = {},
): MicroBatcher {
  const queue: Waiting[] = [];
  let queued = 0;
  let timer: NodeJS.Timeout | undefined;
  let running: Promise<void> | undefined;
  let closed = false;

  function schedule(): void {
    if (running !== undefined || queue.length === 0) return;
    if (queued >= maxBatch) start();
    else timer ??= setTimeout(start, windowMs);
  }

  function start(): void {
    clearTimeout(timer);
    timer = undefined;
    running = runBatch(takeBatch()).finally(() => {
      running = undefined;
      schedule();
    });
  }

  function takeBatch(): Waiting[] {
    const batch: Waiting[] = [];
    let size = 0;
    for (;;) {
      const next = queue[0];
      if (next === undefined || (size > 0 && size + next.count > maxBatch)) return batch;
      batch.push(next);
      size += next.count;
      queued -= next.count;
      queue.shift();
    }
  }

  async function runBatch(batch: readonly Waiting[]): Promise<void> {
    try {
      const outputs = await runChecked(run, concatFeeds(batch.map((waiting) => waiting.feeds)), batch);
      let start = 0;
      for (const { count, resolve } of batch) {
        const from = start;
        resolve(mapFeeds(outputs, (tensor) => sliceTensor(tensor, from, from + count)));
        start += count;
      }
    } catch (error) {
      if (batch.length === 1) batch[0]?.reject(asServingError(error));
      else for (const waiting of batch) await runBatch([waiting]);
    }
  }

  function enqueue(feeds: Feeds, count: number): Promise<Feeds> {
    return new Promise((resolve, reject) => {
      queue.push({ feeds, count, resolve, reject });
      queued += count;
      schedule();
    });
  }

  return {
    async submit(feeds, count) {
      if (closed) throw new ServingError('closed', 'this model was closed');
      if (count > maxQueued)
        throw new ServingError(
          'input',
          `${count} examples in one request; send at most ${maxQueued} at a time`,
        );
      if (queued + count > maxQueued)
        throw new ServingError('busy', `${queued} examples are waiting already; try again in a moment`);
      // A long request goes through in parts, so that a run's memory stays bounded and others get their turn.
      const parts = Array.from({ length: Math.ceil(count / maxBatch) }, (_, part) => {
        const [from, to] = [part * maxBatch, Math.min(count, (part + 1) * maxBatch)];
        return enqueue(
          mapFeeds(feeds, (tensor) => sliceTensor(tensor, from, to)),
          to - from,
        );
      });
      return concatFeeds(await Promise.all(parts));
    },
    async close() {
      closed = true;
      clearTimeout(timer);
      for (const { reject } of queue.splice(0)) reject(new ServingError('closed', 'this model was closed'));
      queued = 0;
      await running;
    },
  };
}

async function runChecked(
  run: (feeds: Feeds) => Promise<Record<string, TensorData>>,
  feeds: Feeds,
  batch: readonly Waiting[],
): Promise<Feeds> {
  const outputs = await run(feeds);
  const count = batch.reduce((sum, waiting) => sum + waiting.count, 0);
  for (const [name, { shape }] of Object.entries(outputs))
    if (shape[0] !== count)
      throw new ServingError('runtime', `the model's ${name} answers ${shape[0]} of ${count} examples`);
  return outputs;
}

function concatFeeds(all: readonly Feeds[]): Feeds {
  const [first = {}] = all;
  return mapFeeds(first, (_, name) =>
    concatTensors(all.map((feeds) => feeds[name]).filter((t) => t !== undefined)),
  );
}

const mapFeeds = (feeds: Feeds, change: (tensor: TensorData, name: string) => TensorData): Feeds =>
  Object.fromEntries(Object.entries(feeds).map(([name, tensor]) => [name, change(tensor, name)]));
