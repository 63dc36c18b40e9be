import { createRandom, type Program } from '@banyan/engine';
import {
  AlgorithmError,
  type AlgorithmName,
  type Config,
  type DataShape,
  type Feeds,
  type Split,
  type Stage,
} from '../algorithm.ts';
import { algorithmNamed } from '../catalogue/catalogue.ts';
import { createSampler } from './batches.ts';

/** What fixes the batches of a stage of a run beside its examples; plain data, so that a thread can be told. */
export interface BatchOrder {
  algorithm: AlgorithmName;
  stage: 'pretraining' | 'task';
  config: Config;
  shape: DataShape;
  seed: number;
  /** Examples (or windows of text) that batches are drawn from. */
  examples: number;
  batchRows: number;
  microBatches: number;
  /** The stage's first step in the run. */
  firstStep: number;
}

/** The batches of any step, in its equal parts: they depend on the order and the step's number alone. */
export function createBatchMaker(order: BatchOrder, split: Split): (step: number) => Feeds[] {
  const { config, shape, stage, examples, firstStep } = order;
  const made = stageNamed(order);
  const random = createRandom(order.seed);
  const sample = createSampler(
    random.fork(stage === 'task' ? 'order' : `order of ${stage}`),
    examples,
    order.batchRows,
  );
  return (step) => {
    const drawn = random.fork(`step ${step}`);
    return partsOf(sample(step - firstStep + 1), order).map((rows, part) =>
      made.feeds(config, shape, split, rows, part === 0 ? drawn : drawn.fork(`part ${part}`)),
    );
  };
}

function stageNamed({ algorithm: name, stage }: BatchOrder): Stage<Config> {
  const algorithm = algorithmNamed(name);
  const found =
    algorithm.learning === 'estimation' ? undefined : stage === 'task' ? algorithm : algorithm.pretraining;
  if (found === undefined) throw new AlgorithmError('config', `${name} has no ${stage} by descent`);
  return found;
}

/** The rows of a batch in equal parts. */
function partsOf(rows: Uint32Array, { batchRows, microBatches }: BatchOrder): Uint32Array[] {
  const size = batchRows / microBatches;
  return Array.from({ length: microBatches }, (_, part) => rows.subarray(part * size, (part + 1) * size));
}

/** Gives the batches of one step after another. */
export interface Loader {
  /** Throws what making the batches threw. */
  batches(step: number): Promise<readonly Feeds[]>;
  close(): Promise<void>;
}

export interface LoaderOptions {
  order: BatchOrder;
  split: Split;
  /** What the batches are fed to; tells their size. */
  program: Program;
  lastStep: number;
  /** 'thread' or 'here'; as it pays unless given. The batches are the same. */
  loadIn?: 'thread' | 'here' | undefined;
}
