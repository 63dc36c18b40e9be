import type {
  Adapters,
  Dim,
  Graph,
  OptimizerConfig,
  Program,
  Random,
  ScheduleConfig,
  Tensor,
  TensorData,
} from '@banyan/engine';
import type { z } from 'zod';

export type DataKind = 'tabular' | 'sequence' | 'image' | 'text';
export type Task = 'classification' | 'regression' | 'forecast' | 'generation' | 'reconstruction';

export type AlgorithmName =
  | 'mlp'
  | 'cnn'
  | 'rnn'
  | 'vae'
  | 'gpt'
  | 'bert'
  | 'linear'
  | 'majority'
  | 'mean'
  | 'persistence'
  | 'unigram'
  | 'bigram';

/** The network learns (y - mean) / std and answers in raw units. */
export interface TargetScale {
  mean: number;
  std: number;
}

/** Where a window holds the target's last known value: raw = x[n, T - 1, feature] * scale + shift. */
export interface LastKnown {
  feature: number;
  scale: number;
  shift: number;
}

/**
 * A feature that holds the index of a category: index = x[..., feature] * scale + shift, of 0 to size - 1, or -1 for one
 * that training has not seen.
 */
export interface Category {
  feature: number;
  size: number;
  scale: number;
  shift: number;
}

/** Raw pixels of 0 to 255 become value * scale + shift; with lists, each channel (the last axis) by its own. */
export interface PixelScale {
  scale: number | number[];
  shift: number | number[];
}

/** The ids of the tokens that stand for no text: BERT's five. */
export interface SpecialTokens {
  /** Fills short texts up to the common length. */
  pad: number;
  unk: number;
  /** Begins every text; a classifier reads its answer here. */
  cls: number;
  /** Ends every text. */
  sep: number;
  /** In the place of a token to be guessed. */
  mask: number;
}

/** What one example looks like, and what is asked about it. */
export interface DataShape {
  kind: DataKind;
  task: Task;
  /**
   * One example: [F] tabular, [T, F] sequence, [H, W], [C, H, W] or [H, W, C] image (the shorter end is the channels),
   * [T] ids of a text, [] one stream of text.
   */
  shape: number[];
  /** Labels in the order of their indices (classification). */
  classes?: string[];
  /** How much a training row of each class counts in the loss; alike when absent (classification). */
  classWeights?: number[];
  /** Number of different tokens (text). */
  vocabulary?: number;
  /** Mean bytes a token stands for, so that losses compare across tokenisers (text); 1 when absent. */
  bytesPerToken?: number;
  /** The special tokens among them (texts to classify). */
  special?: SpecialTokens;
  /** Scale of the target (regression, forecast); taken from the training split when absent. */
  target?: TargetScale;
  /** Needed by persistence and by rnn with `residual` (forecast). */
  lastKnown?: LastKnown;
  /** Features that are indices of categories, in their order (tabular, sequence). */
  categories?: Category[];
  /** Scale of raw pixels; 1/255 and 0 when absent (image). */
  image?: PixelScale;
}

/** Prepared examples of one split, row after row. */
export interface Split {
  rows: number;
  shape: number[];
  /** [rows, ...shape]; raw pixels as Uint8Array are scaled by `DataShape.image`; token ids are an Int32Array. */
  x: Float32Array | Int32Array | Uint8Array;
  /** Class indices (Int32Array), or the target in raw units (Float32Array). */
  y?: Float32Array | Int32Array;
  /** The text as one stream of token ids. */
  tokens?: Int32Array;
}

export interface FitData {
  shape: DataShape;
  train: Split;
  valid: Split;
}

/** A configuration that its algorithm's schema has parsed. */
export type Config = Record<string, unknown>;

export type Tensors = Map<string, TensorData>;

/** A graph without its parameters' numbers. */
export interface Forward {
  graph: Graph;
  inputs: Tensor[];
  outputs: Record<string, Tensor>;
}

/** Values for a program's inputs, by input name. */
export type Feeds = Record<string, TensorData['data']>;

/** How gradient descent goes about it. */
export interface TrainingPlan {
  batchRows: number;
  totalSteps: number;
  /** Steps between two validations. */
  validateEverySteps: number;
  /** Validations without improvement after which training stops and the best weights are kept; 0: never. */
  patience: number;
  optimizer: OptimizerConfig;
  schedule: ScheduleConfig;
  /** Equal parts that each batch is computed in, one after another, to save memory; 1 by default. */
  microBatches?: number;
  /** How much of the weights' running average each step leaves: it is validated and kept instead; 0, none, by default. */
  averageDecay?: number;
  /** Largest global norm of the gradient; 0: as it comes. */
  clipNorm: number;
}

/** An algorithm to compare with, and the settings that make it be measured alike. */
export interface Baseline {
  name: AlgorithmName;
  config?: Config;
}

/** What the reader of the catalogue sees. */
export interface Card {
  name: AlgorithmName;
  title: string;
  summary: string;
  /** In plain characters, for terminals and cards. */
  formula: string;
  /** The same for print, in LaTeX's mathematics. */
  latex: string;
  /** When to take it, and when not. */
  goodFor: string;
  symbols: Record<string, string>;
  paper: { title: string; authors: string; year: number; url?: string };
  tasks: Task[];
  kinds: DataKind[];
  baseline: boolean;
  config: z.ZodObject;
  metrics: string[];
  /** What to beat before this algorithm, so configured, is worth its cost. */
  baselineFor(task: Task, config: Config): Baseline;
}

/** Graphs from prepared examples to answers and to how good they are. */
export interface Answering<C extends Config> {
  /**
   * What the model answers to prepared examples x [N, ...shape], dropout off, added to the graph of x. By task:
   * `probabilities` [N, C]; `value` [N] in raw units; `reconstruction` [N, ...shape] and `latent` [N, Z];
   * `logits` [N, T, V] of token ids [N, T].
   */
  answer(config: C, shape: DataShape, x: Tensor): Record<string, Tensor>;
  /**
   * Where indices of categories become rows of learned tables, which have no derivative by the index: the same answers to
   * relaxed examples, which hold in an index's place a share of each row (see `relaxExamples`).
   */
  answerRelaxed?(config: C, shape: DataShape, x: Tensor): Record<string, Tensor>;
  /**
   * Texts: the same answer from what the tokens stand for, so that it can be differentiated by them. `vectors`
   * [N, T, D] are rows of the parameter `table`, `shown` [N, T] is 1 for a token and 0 for filling.
   */
  tokens?: {
    table: string;
    answer(config: C, shape: DataShape, vectors: Tensor, shown: Tensor): Record<string, Tensor>;
  };
  /**
   * Where the data is its own target (generation, reconstruction): the terms of the objective in nats, [N] each.
   * Its inputs are fed by `feeds`.
   */
  score?(config: C, shape: DataShape, rows: Dim): Forward;
  /** Values for the inputs of `program` and `score` for these examples; masks and noise come from `random`. */
  feeds?(config: C, shape: DataShape, split: Split, examples: Uint32Array, random: Random): Feeds;
}

/** Gradient descent on a program: for how long, on what graph, fed with what. */
export interface Stage<C extends Config> {
  plan(config: C, examples: number): TrainingPlan;
  /** The graph of one training step on `rows` examples. */
  program(config: C, shape: DataShape, rows: number): Program;
  feeds(config: C, shape: DataShape, split: Split, examples: Uint32Array, random: Random): Feeds;
}

/** Learned by gradient descent on a program. */
export interface Descent<C extends Config> extends Answering<C>, Stage<C> {
  learning: 'descent';
  /**
   * What is learned before the task itself, on the same examples; its parameters are the first values of those that
   * bear the same names in the task's program. A plan of no steps leaves it out.
   */
  pretraining?: Stage<C>;
  feeds: Stage<C>['feeds'];
}

/** Learned by counting or averaging: one pass, no steps. */
export interface Estimation<C extends Config> extends Answering<C> {
  learning: 'estimation';
  estimate(config: C, shape: DataShape, train: Split): Tensors;
}

export type Algorithm<C extends Config = Config> = Card & (Descent<C> | Estimation<C>);

/** All that prediction needs, independent of how it was learned. */
export interface TrainedModel {
  algorithm: AlgorithmName;
  config: Config;
  shape: DataShape;
  tensors: Tensors;
  /** What was learned beside weights that stayed as they were, if that was asked for; `tensors` have it merged in. */
  adapters?: Adapters;
}

/** The configuration, the data or the request does not suit the algorithm; the message says what would. */
export class AlgorithmError extends Error {
  override readonly name = 'AlgorithmError';
  readonly code: 'config' | 'data' | 'export' | 'format';

  constructor(code: AlgorithmError['code'], message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
