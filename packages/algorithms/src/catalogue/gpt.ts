import {
  attention,
  createGraph,
  type Dim,
  dropout,
  logSoftmax,
  reshape,
  softmaxCrossEntropy,
  type Tensor,
} from '@banyan/engine';
import type { Algorithm, DataShape, TrainedModel } from '../algorithm.ts';
import { dropoutMask } from '../fit/batches.ts';
import { type GptConfig, gptConfig } from './gpt-config.ts';
import { gpt2 } from './gpt2.ts';
import { llama } from './llama.ts';
import { textFeeds, vocabularyOf, windowNats } from './text.ts';
import { batchesOf, stepPlan } from './training-fields.ts';
import type { Attend, Silence } from './transformer.ts';

const styles = { gpt2, llama };

/** ids [B, T] and positions (broadcast to ids; 0 .. T - 1 where undefined) to logits [B, T, V]. */
export function transformer(
  config: GptConfig,
  shape: DataShape,
  ids: Tensor,
  positions: Tensor | undefined,
  attend: Attend,
  silence: Silence = (x) => x,
): Tensor {
  const vocabulary = vocabularyOf(shape);
  return styles[config.style]({ config, vocabulary, ids, positions, attend, silence });
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
  latex: String.raw`P(t_1, \dots, t_n) = \prod_i P(t_i \mid t_1, \dots, t_{i-1}), \qquad \operatorname{attention}(Q, K, V) = \operatorname{softmax}\Bigl(\frac{Q K^\top}{\sqrt d}\Bigr) V`,
  goodFor:
    'Texts and other sequences of symbols to be continued, and as a beginning for fine-tuning. From scratch it wants millions of tokens; with less, begin with the weights of a trained model.',
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
  config: gptConfig,
  metrics: ['loss', 'perplexity', 'bits_per_byte'],
  baselineFor: (_, { context }) => ({ name: 'bigram', config: { context } }),

  learning: 'descent',

  plan(config, examples) {
    const warmupSteps = Math.min(config.warmupSteps, Math.floor(config.steps / 2));
    const { optimizer, ...rest } = stepPlan(config, config.steps, warmupSteps);
    return {
      ...batchesOf(config, examples),
      totalSteps: config.steps,
      validateEverySteps: config.validateEvery,
      patience: config.patience,
      optimizer: { ...optimizer, beta2: 0.99 },
      ...rest,
    };
  },

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
export const gptConfigOf = (model: TrainedModel): GptConfig => gptConfig.parse(model.config);
