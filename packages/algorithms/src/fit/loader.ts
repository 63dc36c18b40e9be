import type { Program } from '@banyan/engine';
import type { Feeds, Split } from '../algorithm.ts';
import { type BatchOrder, createBatchMaker } from './batch-maker.ts';

/** Gives the batches of one step after another. */
export interface Loader {
  /** Throws what making the batches threw. */
  batches(step: number): Promise<readonly Feeds[]>;
  close(): Promise<void>;
}

/**
 * From so many bytes a step on, batches are made in a thread beside training: smaller ones (rows of a table) are made in
 * less time than a thread takes to hand them over, and a short run ends before the thread has started.
 */
const THREAD_BYTES = 2 ** 18;
const THREAD_STEPS = 50;

export interface LoaderOptions {
  order: BatchOrder;
  split: Split;
  /** What the batches are fed to; tells their size. */
  program: Program;
  lastStep: number;
  /** 'thread' or 'here'; as it pays unless given. The batches are the same. */
  loadIn?: 'thread' | 'here' | undefined;
}

export async function openLoader(options: LoaderOptions): Promise<Loader> {
  const { order, split, loadIn = cheapest(options) } = options;
  if (loadIn === 'thread') return (await import('#threaded-loader')).openThreadedLoader(options);
  const make = createBatchMaker(order, split);
  return { batches: async (step) => make(step), close: async () => {} };
}

function cheapest({ program, order, lastStep }: LoaderOptions): 'thread' | 'here' {
  const elements = program.inputs.map(({ shape }) =>
    shape.reduce((product: number, dim) => product * (typeof dim === 'number' ? dim : 1), 1),
  );
  const bytes = 4 * order.microBatches * elements.reduce((sum, count) => sum + count, 0);
  const inNode = globalThis.process?.versions?.node !== undefined;
  return inNode && bytes >= THREAD_BYTES && lastStep - order.firstStep >= THREAD_STEPS ? 'thread' : 'here';
}
