import {
  add,
  attention,
  checkpointed,
  embedding,
  equal,
  type Graph,
  gather,
  gelu,
  type Initializer,
  initializers,
  layerNormalization,
  linear,
  paddingMask,
  range,
  reshape,
  shapeOf,
  slice,
  squeeze,
  type Tensor,
  transpose,
  unsqueeze,
  where,
} from '@banyan/engine';
import { z } from 'zod';
import type { DataShape, TrainedModel } from '../algorithm.ts';
import { specialOf, vocabularyOf } from './text.ts';
import { advanced, classifierFields, epochFields } from './training-fields.ts';

const { normal, ones, zeros } = initializers;

export const bertConfig = z
  .strictObject({
    context: z
      .int()
      .min(2)
      .max(4096)
      .default(512)
      .describe('Positions the model has a vector for: no text may have more tokens.'),
    layers: z.int().min(1).max(48).default(2).describe('Transformer blocks.'),
    heads: z
      .int()
      .min(1)
      .max(64)
      .default(4)
      .describe('Attention heads in each block; they divide the width.'),
    width: z.int().min(4).max(4096).default(64).describe('Width of the vector of each position.'),
    dropout: z
      .number()
      .min(0)
      .max(0.9)
      .default(0.2)
      .describe('Share of each vector silenced at each training step, against overfitting.'),
    checkpointing: z
      .boolean()
      .default(false)
      .describe(
        'Compute each block again in the backward pass instead of keeping its values: far less memory, a third more time.',
      )
      .meta(advanced),
    pretrainingSteps: z
      .int()
      .min(0)
      .max(10_000_000)
      .default(300)
      .describe('Gradient steps of guessing masked tokens before the task is learned; 0: none.'),
    pretrainingRate: z
      .number()
      .gt(0)
      .max(1)
      .default(2e-3)
      .describe('Highest learning rate of those steps; wider models want less.'),
    ...classifierFields,
    ...epochFields({
      epochs: 4,
      batchSize: 32,
      learningRate: 1e-3,
      weightDecay: 0.01,
      patience: 2,
      clipNorm: 1,
    }),
  })
  .refine(({ width, heads }) => width % heads === 0, {
    message: 'width must be a multiple of heads',
    path: ['heads'],
  });

export type BertConfig = z.infer<typeof bertConfig>;

/** The configuration of a trained bert. */
export const bertConfigOf = (model: TrainedModel): BertConfig => bertConfig.parse(model.config);

/** What training adds to the vectors that a sublayer gives: silenced units. */
export type Silence = (x: Tensor, site: string) => Tensor;

/** LayerNorm's epsilon in BERT. */
export const EPSILON = 1e-12;

/** Tensors under the names that Hugging Face gives BERT's; weights are [out, in]. */
export function parametersOf(graph: Graph) {
  const named = (name: string, shape: number[], initial: Initializer): Tensor =>
    graph.parameters.find((parameter) => parameter.name === name) ?? graph.parameter(name, shape, initial);
  const spread = normal(0.02);
  return {
    table: (name: string, rows: number, width: number) => named(`${name}.weight`, [rows, width], spread),
    vector: (name: string, size: number) => named(name, [size], zeros),
    /** x W^T + b: [..., in] to [..., out]. */
    project: (name: string, x: Tensor, out: number) => {
      const weight = named(`${name}.weight`, [out, x.shape.at(-1) as number], spread);
      return linear(x, weight, named(`${name}.bias`, [out], zeros), { transB: true });
    },
    normalise: (name: string, x: Tensor) => {
      const width = [x.shape.at(-1) as number];
      const [scale, shift] = [named(`${name}.weight`, width, ones), named(`${name}.bias`, width, zeros)];
      return layerNormalization(x, scale, shift, EPSILON);
    },
  };
}

export interface EncodeOptions {
  /** 0 for the tokens of a first text, 1 for those of a second [B, T]; all 0 unless given. */
  types?: Tensor | undefined;
  /** 1 for a token and 0 for padding [B, T]; what is not the padding token unless given. */
  shown?: Tensor | undefined;
  silence?: Silence;
  /** Where vectors are wanted: at every position, or at the first alone, from which a class is read. */
  at?: 'every position' | 'first position';
}

/** The table of words: a row [D] for each token. */
export const WORDS = 'bert.embeddings.word_embeddings';

/**
 * The vectors of a text's positions from tokens `ids` [B, T], int32 or int64; see `encodeWords`.
 *
 * @returns [B, T, D], or [B, 1, D] of the first position: the last block then works out no other
 */
export function encode(
  config: BertConfig,
  shape: DataShape,
  ids: Tensor,
  { shown, ...options }: EncodeOptions = {},
): Tensor {
  const words = parametersOf(ids.graph).table(WORDS, vocabularyOf(shape), config.width);
  const mask = shown === undefined ? paddingOf(shape, ids) : paddingMask(shown);
  return encodeWords(config, embedding(words, ids), { mask, ...options });
}

/**
 * Devlin et al., 2018: h = LayerNorm(word + position + type); each block h = LayerNorm(h + attention(h)),
 * h = LayerNorm(h + W_2 gelu(W_1 h)) (post-norm), where every position sees every token but padding.
 *
 * @param words the tokens' rows of the table of words [B, T, D]; `mask` [B, 1, 1, T] is added to the scores of attention
 */
export function encodeWords(
  config: BertConfig,
  words: Tensor,
  { mask, types, silence = (x) => x, at = 'every position' }: Omit<EncodeOptions, 'shown'> & { mask: Tensor },
): Tensor {
  const { layers, width, context } = config;
  const { table, normalise } = parametersOf(words.graph);
  const positions = firstRows(table('bert.embeddings.position_embeddings', context, width), words);
  const kinds = table('bert.embeddings.token_type_embeddings', 2, width);
  const placed =
    types === undefined
      ? add(words, add(positions, slice(kinds, 0, 0, 1)))
      : add(add(words, positions), embedding(kinds, types));
  let h = silence(normalise('bert.embeddings.LayerNorm', placed), 'embeddings');
  for (let layer = 0; layer < layers; layer++) {
    const isEnough = layer === layers - 1 && at === 'first position';
    const readers = isEnough ? firstOf(h) : h;
    const run = (h: Tensor, readers: Tensor): Tensor =>
      block(config, `bert.encoder.layer.${layer}`, { h, readers, mask, silence });
    h = (config.checkpointing ? checkpointed(run) : run)(h, readers);
  }
  return h;
}

/** -1e9 at the padding tokens and 0 elsewhere: [B, 1, 1, T]. */
function paddingOf(shape: DataShape, ids: Tensor): Tensor {
  const isPadding = unsqueeze(equal(ids, specialOf(shape).pad), [1, 2]);
  return where(isPadding, ids.graph.constant(-1e9), 0);
}

interface BlockInput {
  /** The vectors that are read, [B, T, D]. */
  h: Tensor;
  /** Those that read, [B, S, D]: the same, or some of them. */
  readers: Tensor;
  /** [B, 1, 1, T]. */
  mask: Tensor;
  silence: Silence;
}

/** One block: [B, S, D]. */
function block(config: BertConfig, name: string, { h, readers, mask, silence }: BlockInput): Tensor {
  const { heads, width } = config;
  const { project, normalise } = parametersOf(h.graph);
  const read = (part: string, x: Tensor): Tensor => {
    const seen = project(`${name}.attention.self.${part}`, x, width);
    return transpose(reshape(seen, [...x.shape.slice(0, 2), heads, width / heads]), [0, 2, 1, 3]);
  };
  const heard = attention(read('query', readers), read('key', h), read('value', h), { mask });
  const together = reshape(transpose(heard, [0, 2, 1, 3]), readers.shape);
  const told = silence(project(`${name}.attention.output.dense`, together, width), `${name}.attention`);
  const a = normalise(`${name}.attention.output.LayerNorm`, add(readers, told));
  const inner = gelu(project(`${name}.intermediate.dense`, a, 4 * width));
  const thought = silence(project(`${name}.output.dense`, inner, width), `${name}.output`);
  return normalise(`${name}.output.LayerNorm`, add(a, thought));
}

/** The vector of the first position, [B, 1, D] of [B, T, D]; of a length known at run time only an index says that it is one. */
const firstOf = (h: Tensor): Tensor =>
  typeof h.shape[1] === 'number' ? slice(h, 1, 0, 1) : gather(h, h.graph.constant(Int32Array.of(0)), 1);

/** The first T rows of the table of positions, for words [B, T, D]. */
function firstRows(table: Tensor, words: Tensor): Tensor {
  const length = words.shape[1]!;
  if (typeof length === 'number') return length === table.shape[0] ? table : slice(table, 0, 0, length);
  return embedding(table, range(0, squeeze(slice(shapeOf(words), 0, 1, 2), 0), length));
}
