import {
  type AdaptOptions,
  createRandom,
  type Lane,
  type MemoryPlan,
  type Provider,
  type RuntimeFacts,
} from '@banyan/engine';
import type { Algorithm, Config, DataShape, FitData, Tensors } from '../algorithm.ts';
import { contextOf } from '../catalogue/text.ts';
import { firstRows, spreadRows, tokensOf } from './batches.ts';
import { objectives, scoredExamples, statisticsOf } from './measure.ts';
import { openRunner } from './runner.ts';
import { requireExamples } from './suitable.ts';

export type FitEvent =
  | { kind: 'plan'; totalSteps: number; parameters: number }
  /** The memory that the steps to come take, before the first of them. */
  | { kind: 'memory'; plan: MemoryPlan }
  /** What computes the steps; a model that is counted, not trained by steps, has none. */
  | { kind: 'runtime'; runtime: RuntimeFacts }
  | {
      kind: 'step';
      step: number;
      /** The stage before the task itself: its loss is another one. */
      stage?: 'pretraining';
      loss: number;
      learningRate: number;
      measures: Record<string, number>;
    }
  | { kind: 'valid'; step: number; metrics: Record<string, number> }
  | { kind: 'checkpoint'; step: number; bytes: Uint8Array }
  | { kind: 'log'; message: string };

export interface FitOptions {
  /** Fixes first weights, order of examples, masks and noise: the same seed gives the same weights, bit for bit. */
  seed: number;
  /** Which arithmetic, of training and of the validations it stops by; 'native' by default. Part of a checkpoint. */
  lane?: Lane | undefined;
  /** Where the native lane computes: 'native' in Node and 'wasm' in a browser, which may have 'webgpu' too. */
  provider?: Provider | undefined;
  /** Kernel threads; part of what fixes the bits in the native lane. */
  threads?: number | undefined;
  /** The bytes of a `checkpoint` event: go on from there, to the same weights. */
  checkpoint?: Uint8Array | undefined;
  /** Tensors to start from, by parameter name, as a model trained before has them; the rest is drawn. */
  initial?: Tensors | undefined;
  /** Leave those tensors as they are, and learn low-rank adapters beside them (Hu et al., 2021). */
  adapters?: AdaptOptions | undefined;
  checkpointEverySeconds?: number | undefined;
  checkpointEverySteps?: number | undefined;
  /** A run that would take more memory is refused; by default nine tenths of the machine's. */
  memoryLimitBytes?: number | undefined;
  /** Where batches are made: in a thread beside training, or here; as it pays unless given. The bits are the same. */
  loadIn?: 'thread' | 'here' | undefined;
  /** Stops before the next step by throwing the signal's reason. */
  signal?: AbortSignal | undefined;
}

/** One call of `fit`: what to learn from what, checked and complete. */
export interface Run {
  algorithm: Algorithm;
  config: Config;
  shape: DataShape;
  data: FitData;
  options: FitOptions;
}

/** Windows of text, and rows of anything else, that a validation in mid-training looks at. */
const MOST_WINDOWS = 64;
const MOST_ROWS = 2048;

export interface Validator {
  /** The metric that decides, smaller is better. */
  objective: string;
  measure(tensors: Tensors): Promise<Record<string, number>>;
  close(): Promise<void>;
}

/** Measures weights on the validation split, always on the same examples and noise; undefined if the split holds none. */
export async function openValidator(run: Run): Promise<Validator | undefined> {
  const { algorithm, config, shape, data, options } = run;
  const { valid } = data;
  if (valid.rows === 0 || isTooShort(run)) return undefined;
  requireExamples(config, shape, valid, 'validation');
  const all = scoredExamples(config, shape, valid);
  const most = shape.task === 'generation' ? MOST_WINDOWS : MOST_ROWS;
  const examples = spreadRows(all.length, most).map((row) => all[row]!);
  const runner = await openRunner(algorithm, config, shape, options);
  return {
    objective: objectives[shape.task],
    async measure(tensors) {
      const noise = createRandom(options.seed).fork('validation');
      const statistics = statisticsOf(
        shape,
        valid,
        examples,
        await runner.run(tensors, valid, examples, noise),
      );
      const counted = firstRows(examples.length);
      return Object.fromEntries(
        Object.entries(statistics).map(([name, statistic]) => [name, statistic(counted)]),
      );
    },
    close: () => runner.close(),
  };
}

/** A text of less than one window. */
const isTooShort = ({ config, shape, data: { valid } }: Run): boolean =>
  shape.task === 'generation' && tokensOf(valid).length <= contextOf(config);
