import {
  add,
  attention,
  createGraph,
  type Dim,
  dropout,
  embedding,
  type Graph,
  gelu,
  initializers,
  layerNormalization,
  linear,
  logSoftmax,
  matmul,
  reshape,
  softmaxCrossEntropy,
  split,
  type Tensor,
  transpose,
} from '@banyan/engine';
import { z } from 'zod';
import type { Algorithm, DataShape, TrainedModel } from '../algorithm.ts';
import { dropoutMask } from '../fit/batches.ts';
import { textFeeds, vocabularyOf, windowNats } from './text.ts';

const { normal, ones, zeros } = initializers;

const config = z
  .strictObject({
    context: z.int().min(2).max(2048).default(128).describe('Tokens the model looks back on.'),
    layers: z.int().min(1).max(48).default(4).describe('Transformer blocks.'),
    heads: z
      .int()
      .min(1)
      .max(64)
      .default(4)
      .describe('Attention heads in each block; they divide the width.'),
    width: z.int().min(4).max(4096).default(128).describe('Width of the residual stream.'),
    dropout: z
      .number()
      .min(0)
      .max(0.9)
      .default(0)
      .describe('Share of the stream silenced at each training step.'),
    steps: z.int().min(1).max(10_000_000).default(800).describe('Gradient steps.'),
    batchSize: z.int().min(1).max(1024).default(16).describe('Windows of text per gradient step.'),
    learningRate: z
      .number()
      .gt(0)
      .max(1)
      .default(3e-3)
      .describe('Highest learning rate, reached after warm-up; wider models want less.'),
    warmupSteps: z
      .int()
      .min(0)
      .max(1_000_000)
      .default(50)
      .describe('Steps over which the learning rate rises from zero.'),
    weightDecay: z.number().min(0).max(10).default(0.1).describe('Pull of the weights towards zero (AdamW).'),
    clipNorm: z.number().min(0).max(1e6).default(1).describe('Longest gradient allowed; 0: no limit.'),
    validateEvery: z.int().min(1).max(1_000_000).default(100).describe('Steps between two validations.'),
    patience: z
      .int()
      .min(0)
      .max(10_000)
      .default(0)
      .describe(
        'Stop after this many validations without a better one, and keep the best weights; 0: never.',
      ),
  })
  .refine(({ width, heads }) => width % heads === 0, {
    message: 'width must be a multiple of heads',
    path: ['heads'],
  });

export type GptConfig = z.infer<typeof config>;

/** How queries, keys and values [B, H, T, D / H] of a block become what it read; `layer` counts from 0. */
export type Attend = (q: Tensor, k: Tensor, v: Tensor, layer: number) => Tensor;

/** What training adds to the residual stream's additions: silenced units. */
type Silence = (x: Tensor, site: string) => Tensor;

/** Tensors under the names that Hugging Face gives GPT-2's; weights are [in, out]. */
function parametersOf(graph: Graph, { layers, width }: GptConfig) {
  const { weight, bias, norm } = {
    weight: (name: string, shape: number[], std: number) =>
      graph.parameter(`transformer.${name}.weight`, shape, normal(std)),
    bias: (name: string, size: number) => graph.parameter(`transformer.${name}.bias`, [size], zeros),
    norm: (name: string) => graph.parameter(`transformer.${name}.weight`, [width], ones),
  };
  // Each block adds twice to the stream; smaller first weights keep its variance (Radford et al., 2019).
  const intoStream = 0.02 / Math.sqrt(2 * layers);
  return {
    embedding: (name: string, rows: number) => weight(name, [rows, width], 0.02),
    normalise: (name: string, x: Tensor) => layerNormalization(x, norm(name), bias(name, width)),
    project: (name: string, x: Tensor, out: number, std = 0.02) =>
      linear(x, weight(name, [x.shape.at(-1) as number, out], std), bias(name, out)),
    intoStream,
  };
}

/**
 * h = wte[ids] + wpe[positions]; each block h += attention(ln_1(h)), h += mlp(ln_2(h)) (pre-norm); logits =
 * ln_f(h) wte^T: ids [B, T] and positions (broadcast to ids) to [B, T, V].
 */
export function transformer(
  config: GptConfig,
  shape: DataShape,
  ids: Tensor,
  positions: Tensor | undefined,
  attend: Attend,
  silence: Silence = (x) => x,
): Tensor {
  const { width, heads, layers, context } = config;
  const { embedding: table, normalise, project, intoStream } = parametersOf(ids.graph, config);
  const byHead = (x: Tensor): Tensor =>
    transpose(reshape(x, [...x.shape.slice(0, 2), heads, width / heads]), [0, 2, 1, 3]);
  const wte = table('wte', vocabularyOf(shape));
  const wpe = table('wpe', context);
  let h = add(embedding(wte, ids), positions === undefined ? wpe : embedding(wpe, positions));
  h = silence(h, 'embedding');
  for (let layer = 0; layer < layers; layer++) {
    const block = `h.${layer}`;
    const read = project(`${block}.attn.c_attn`, normalise(`${block}.ln_1`, h), 3 * width);
    const [q, k, v] = split(read, 3).map(byHead) as [Tensor, Tensor, Tensor];
    const heard = reshape(transpose(attend(q, k, v, layer), [0, 2, 1, 3]), h.shape);
    h = add(h, silence(project(`${block}.attn.c_proj`, heard, width, intoStream), `${block}.attention`));
    const inner = gelu(project(`${block}.mlp.c_fc`, normalise(`${block}.ln_2`, h), 4 * width));
    h = add(h, silence(project(`${block}.mlp.c_proj`, inner, width, intoStream), `${block}.mlp`));
  }
  return matmul(normalise('ln_f', h), transpose(wte));
}

const causally: Attend = (q, k, v) => attention(q, k, v, { causal: true });

/** Where dropout thins the stream: after the embedding and before each addition. */
const silencedSites = ({ layers, dropout }: GptConfig): string[] =>
  dropout > 0
    ? ['embedding', ...Array.from({ length: layers }, (_, l) => [`h.${l}.attention`, `h.${l}.mlp`]).flat()]
    : [];

export const gpt: Algorithm<GptConfig> = {
  name: 'gpt',
  title: 'GPT',
  summary:
    'A decoder-only Transformer: predicts each token of a text from those before it, and so writes on.',
  formula: 'P(t_1 .. t_n) = prod_i P(t_i | t_1 .. t_(i-1)),  attention(Q, K, V) = softmax(Q K^T / sqrt(d)) V',
  symbols: {
    t_i: 'the tokens: bytes, or pieces of words',
    'Q, K, V': 'queries, keys and values, linear in the stream of each position',
    d: 'width of one head',
  },
  paper: {
    title: 'Language Models are Unsupervised Multitask Learners',
    authors: 'Radford, Wu, Child, Luan, Amodei, Sutskever',
    year: 2019,
    url: 'https://cdn.openai.com/better-language-models/language_models_are_unsupervised_multitask_learners.pdf',
  },
  tasks: ['generation'],
  kinds: ['text'],
  baseline: false,
  config,
  metrics: ['loss', 'perplexity', 'bits_per_byte'],
  baselineFor: (_, { context }) => ({ name: 'bigram', config: { context } }),

  learning: 'descent',

  plan: (config, examples) => ({
    batchRows: Math.min(config.batchSize, examples),
    totalSteps: config.steps,
    validateEverySteps: config.validateEvery,
    patience: config.patience,
    optimizer: {
      kind: 'adamw',
      learningRate: config.learningRate,
      weightDecay: config.weightDecay,
      beta2: 0.99,
    },
    schedule: {
      kind: 'cosine',
      warmupSteps: Math.min(config.warmupSteps, Math.floor(config.steps / 2)),
      totalSteps: config.steps,
      minimumFraction: 0.1,
    },
    clipNorm: config.clipNorm,
  }),

  /** The mean of -log P(t_i | before) over every position of the batch. */
  program(config, shape, rows) {
    const graph = createGraph();
    const ids = graph.input('ids', 'int32', [rows, config.context]);
    const labels = graph.input('labels', 'int32', [rows, config.context]);
    const masks = new Map(
      silencedSites(config).map((site) => [
        site,
        graph.input(`mask.${site}`, 'float32', [rows, config.context, config.width]),
      ]),
    );
    const silence: Silence = (x, site) => {
      const mask = masks.get(site);
      return mask === undefined ? x : dropout(x, mask);
    };
    const logits = transformer(config, shape, ids, undefined, causally, silence);
    const positions = rows * config.context;
    const loss = softmaxCrossEntropy(
      reshape(logits, [positions, vocabularyOf(shape)]),
      reshape(labels, [positions]),
    );
    return { graph, inputs: [...graph.inputs], loss, measures: {} };
  },

  score(config, shape, rows: Dim) {
    const graph = createGraph();
    const ids = graph.input('ids', 'int32', [rows, config.context]);
    const labels = graph.input('labels', 'int32', [rows, config.context]);
    const logits = transformer(config, shape, ids, undefined, causally);
    return { graph, inputs: [ids, labels], outputs: { loss: windowNats(logSoftmax(logits), labels) } };
  },

  feeds(config, _, split, starts, random) {
    const size = starts.length * config.context * config.width;
    const masks = silencedSites(config).map((site) => [
      `mask.${site}`,
      dropoutMask(random, size, config.dropout),
    ]);
    return { ...textFeeds(split, starts, config.context), ...Object.fromEntries(masks) };
  },

  answer: (config, shape, ids) => ({ logits: transformer(config, shape, ids, undefined, causally) }),
};

/** The configuration of a trained gpt. */
export const gptConfigOf = (model: TrainedModel): GptConfig => config.parse(model.config);
