import { createBatchMaker, type Loader, type LoaderOptions } from './batch-maker.ts';

/**
 * From so many bytes a step on, batches are made in a thread beside training: smaller ones (rows of a table) are made in
 * less time than a thread takes to hand them over, and a short run ends before the thread has started.
 */
const THREAD_BYTES = 2 ** 18;
const THREAD_STEPS = 50;

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
