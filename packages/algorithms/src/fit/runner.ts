import {
  createGraph,
  type Lane,
  openSession,
  type Provider,
  type Random,
  sessionsIn,
  toOnnx,
} from '@banyan/engine';
import type { Algorithm, Config, DataShape, Feeds, Forward, Split, Tensors } from '../algorithm.ts';
import { contextOf, vocabularyOf } from '../catalogue/text.ts';
import { exampleSize, exampleType, gatherExamples } from './batches.ts';

/** Numbers that one run of the session may hold in its largest output. */
const LARGEST_OUTPUT = 2 ** 22;

/** Outputs by name: for each example asked for, in order, equally many numbers. */
export type Answers = Record<string, Float32Array>;

/** The inference graph of an algorithm made ready; weights are given at each run, so training can look in between. */
export interface Runner {
  run(tensors: Tensors, split: Split, examples: Uint32Array, random: Random): Promise<Answers>;
  close(): Promise<void>;
}

export interface RunnerOptions {
  /** 'native' by default. */
  lane?: Lane | undefined;
  provider?: Provider | undefined;
  threads?: number | undefined;
}

/** Where the data is its own target, models are asked how well they score it, not for an answer. */
const isScored = ({ task }: DataShape): boolean => task === 'generation' || task === 'reconstruction';

function inferenceGraph(algorithm: Algorithm, config: Config, shape: DataShape): Forward {
  if (isScored(shape) && algorithm.score !== undefined) return algorithm.score(config, shape, 'N');
  const graph = createGraph();
  const x = graph.input('x', exampleType(shape), ['N', ...shape.shape]);
  return { graph, inputs: [x], outputs: algorithm.answer(config, shape, x) };
}

export async function openRunner(
  algorithm: Algorithm,
  config: Config,
  shape: DataShape,
  { lane = 'native', provider, threads }: RunnerOptions = {},
): Promise<Runner> {
  const { graph, inputs, outputs } = inferenceGraph(algorithm, config, shape);
  const session = await openSession(toOnnx(graph, { inputs, outputs }), {
    spinning: false,
    ...sessionsIn(lane, { provider, threads }),
  });
  const rowsARun = rowsOfRun(config, shape);

  function feedsOf(split: Split, rows: Uint32Array, random: Random): Feeds {
    if (isScored(shape) && algorithm.feeds !== undefined)
      return algorithm.feeds(config, shape, split, rows, random);
    return { x: gatherExamples(shape, split, rows) };
  }

  return {
    async run(tensors, split, examples, random) {
      const parts: Record<string, Float32Array[]> = {};
      for (let start = 0; start < examples.length; start += rowsARun) {
        const rows = examples.subarray(start, start + rowsARun);
        const feeds = feedsOf(split, rows, random);
        const fed = inputs.map(({ name, dtype, shape: [, ...rest] }) => [
          name,
          { dtype, shape: [rows.length, ...(rest as number[])], data: feeds[name]! },
        ]);
        const results = await session.run({ ...Object.fromEntries(fed), ...Object.fromEntries(tensors) });
        for (const [name, { data }] of Object.entries(results))
          (parts[name] ??= []).push(data as Float32Array);
      }
      return Object.fromEntries(Object.entries(parts).map(([name, list]) => [name, concatenate(list)]));
    },
    close: () => session.close(),
  };
}

/** Tokens of the texts in one run. */
const TOKENS_A_RUN = 2 ** 14;

function rowsOfRun(config: Config, shape: DataShape): number {
  if (shape.task === 'generation') return windowsARun(config, shape);
  return shape.kind === 'text' ? Math.max(1, Math.floor(TOKENS_A_RUN / exampleSize(shape.shape))) : 512;
}

const windowsARun = (config: Config, shape: DataShape): number =>
  Math.max(1, Math.min(64, Math.floor(LARGEST_OUTPUT / (contextOf(config) * vocabularyOf(shape)))));

function concatenate(parts: readonly Float32Array[]): Float32Array {
  const all = new Float32Array(parts.reduce((size, part) => size + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    all.set(part, offset);
    offset += part.length;
  }
  return all;
}
