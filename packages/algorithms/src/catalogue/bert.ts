import {
  argMax,
  cast,
  createGraph,
  div,
  dropout,
  equal,
  gather,
  gelu,
  greaterOrEqual,
  linear,
  type Program,
  paddingMask,
  type Random,
  reduceSum,
  reshape,
  softmaxCrossEntropy,
  squeeze,
  type Tensor,
  tanh,
} from '@banyan/engine';
import {
  type Algorithm,
  AlgorithmError,
  type DataShape,
  type Feeds,
  type Stage,
  type TrainingPlan,
} from '../algorithm.ts';
import { dropoutMask, exampleSize, gatherExamples } from '../fit/batches.ts';
import {
  type BertConfig,
  bertConfig,
  type EncodeOptions,
  encode,
  encodeWords,
  parametersOf,
  type Silence,
  WORDS,
} from './bert-encoder.ts';
import { guessesIn, maskTokens, NO_GUESS } from './masked-tokens.ts';
import { classesOf, supervisedAnswer, supervisedFeeds, supervisedProgram } from './supervised.ts';
import { specialOf, vocabularyOf } from './text.ts';
import { epochPlan, stepPlan } from './training-fields.ts';

/** The scores of the classes [B, C] from tokens [B, T]. */
export const classify = (
  config: BertConfig,
  shape: DataShape,
  ids: Tensor,
  options: Omit<EncodeOptions, 'at'> = {},
): Tensor =>
  pool(config, shape, encode(config, shape, ids, { ...options, at: 'first position' }), options.silence);

/** The pooler and the classifier: W tanh(V h_[CLS]) for h_[CLS] [B, 1, D]. */
function pool(config: BertConfig, shape: DataShape, h: Tensor, silence: Silence = (x) => x): Tensor {
  const { project } = parametersOf(h.graph);
  const pooled = silence(tanh(project('bert.pooler.dense', squeeze(h, 1), config.width)), 'pooler');
  return project('classifier', pooled, classesOf(shape).length);
}

/**
 * The scores of all tokens [P, V] at some of the places B T: LayerNorm(gelu(W h + b)) times the table of words, which
 * serves both ways.
 */
function guess(config: BertConfig, shape: DataShape, h: Tensor, positions: Tensor): Tensor {
  const { width } = config;
  const { project, normalise, table, vector } = parametersOf(h.graph);
  const asked = gather(reshape(h, [-1, width]), positions, 0);
  const inner = gelu(project('cls.predictions.transform.dense', asked, width));
  const words = table(WORDS, vocabularyOf(shape), width);
  const bias = vector('cls.predictions.bias', vocabularyOf(shape));
  return linear(normalise('cls.predictions.transform.LayerNorm', inner), words, bias, { transB: true });
}

const lengthOf = ({ shape: [length] }: DataShape): number => {
  if (length === undefined)
    throw new AlgorithmError('data', 'bert needs texts of one length: a tokenize step with a length');
  return length;
};

function requireLength({ context }: BertConfig, shape: DataShape): DataShape {
  const length = lengthOf(shape);
  if (length > context)
    throw new AlgorithmError(
      'config',
      `the texts have ${length} tokens, and bert a context of ${context}: set context to at least ${length}`,
    );
  return shape;
}

/** Where dropout thins, and the shape of what is there, in a batch of `rows` texts. */
function silencedSites(
  { layers, dropout, width }: BertConfig,
  shape: DataShape,
  rows: number,
  task: Task,
): [site: string, shape: number[]][] {
  if (dropout === 0) return [];
  const every = [rows, lengthOf(shape), width];
  const sites: [string, number[]][] = [['embeddings', every]];
  for (let layer = 0; layer < layers; layer++) {
    const at = task === 'classify' && layer === layers - 1 ? [rows, 1, width] : every;
    const name = `bert.encoder.layer.${layer}`;
    sites.push([`${name}.attention`, at], [`${name}.output`, at]);
  }
  return task === 'classify' ? [...sites, ['pooler', [rows, width]]] : sites;
}

type Task = 'guess' | 'classify';

/** Adds an input to the graph of `ids` for the mask of each such site. */
function silencer(config: BertConfig, shape: DataShape, ids: Tensor, task: Task): Silence {
  const sites = silencedSites(config, shape, ids.shape[0] as number, task);
  const masks = new Map(
    sites.map(([site, at]) => [site, ids.graph.input(`mask.${site}`, 'float32', at)] as const),
  );
  return (h, site) => {
    const mask = masks.get(site);
    return mask === undefined ? h : dropout(h, mask);
  };
}

const masksFor = (config: BertConfig, shape: DataShape, rows: number, task: Task, random: Random): Feeds =>
  Object.fromEntries(
    silencedSites(config, shape, rows, task).map(([site, at]) => [
      `mask.${site}`,
      dropoutMask(random, exampleSize(at), config.dropout),
    ]),
  );

/** A post-norm Transformer diverges at its full rate from the start: a tenth of the steps warms up. */
const warmed = (plan: TrainingPlan): TrainingPlan => ({
  ...plan,
  schedule: { ...plan.schedule, warmupSteps: Math.floor(plan.totalSteps / 10) },
});

/** Guessing masked tokens from both sides: the mean of -log P(token | the rest) over the masked ones. */
const pretraining: Stage<BertConfig> = {
  plan(config, examples) {
    const totalSteps = config.pretrainingSteps;
    const rates = { ...config, learningRate: config.pretrainingRate };
    return warmed({
      ...epochPlan({ ...rates, patience: 0 }, examples),
      totalSteps,
      ...stepPlan(rates, totalSteps),
    });
  },

  program(config, shape, rows): Program {
    requireLength(config, shape);
    const graph = createGraph();
    const length = lengthOf(shape);
    const ids = graph.input('ids', 'int32', [rows, length]);
    const positions = graph.input('positions', 'int32', [guessesIn(rows, length)]);
    const labels = graph.input('labels', 'int32', [guessesIn(rows, length)]);
    const h = encode(config, shape, ids, { silence: silencer(config, shape, ids, 'guess') });
    const logits = guess(config, shape, h, positions);
    const hits = cast(equal(cast(argMax(logits), 'int32'), labels), 'float32');
    const asked = cast(greaterOrEqual(labels, 0), 'float32');
    return {
      graph,
      inputs: [...graph.inputs],
      loss: softmaxCrossEntropy(logits, labels, { ignoreLabel: NO_GUESS }),
      measures: { accuracy: div(reduceSum(hits), reduceSum(asked)) },
      weight: reduceSum(asked),
    };
  },

  feeds(config, shape, split, examples, random) {
    const ids = gatherExamples(shape, split, examples) as Int32Array;
    const masked = maskTokens(
      ids,
      lengthOf(shape),
      vocabularyOf(shape),
      specialOf(shape),
      random.fork('tokens'),
    );
    return { ...masked, ...masksFor(config, shape, examples.length, 'guess', random) };
  },
};

export const bert: Algorithm<BertConfig> = {
  name: 'bert',
  title: 'BERT',
  summary:
    'An encoder Transformer for texts: learns the language by guessing masked tokens from both sides, then the classes.',
  formula:
    'L = -sum_(i masked) log P(t_i | t without the masked),  then  P(k | t) = softmax(W tanh(V h_[CLS]))_k',
  latex: String.raw`L_1 = -\sum_{i \in M} \log P(t_i \mid t_{\setminus M}), \qquad P(k \mid t) = \operatorname{softmax}\bigl(W \tanh(V h_{\text{[CLS]}})\bigr)_k`,
  goodFor:
    'Sorting texts into classes from some thousand examples; the first stage learns from the same texts without their labels. For a few hundred short texts, linear on counts of words is hard to beat.',
  symbols: {
    t_i: 'the tokens of a text: pieces of words; 15 % of them are masked at each step of the first stage',
    'h_[CLS]': "the last layer's vector of the token that begins every text",
    V: 'the pooler, learned',
    W: 'the classifier, learned',
  },
  paper: {
    title: 'BERT: Pre-training of Deep Bidirectional Transformers for Language Understanding',
    authors: 'Devlin, Chang, Lee, Toutanova',
    year: 2018,
    url: 'https://arxiv.org/abs/1810.04805',
  },
  tasks: ['classification'],
  kinds: ['text'],
  baseline: false,
  config: bertConfig,
  metrics: ['accuracy', 'macro_f1', 'log_loss'],
  baselineFor: () => ({ name: 'linear' }),

  learning: 'descent',
  pretraining,
  plan: (config, examples) => warmed(epochPlan(config, examples)),

  program: (config, shape, rows) =>
    supervisedProgram(
      requireLength(config, shape),
      rows,
      (x) => classify(config, shape, x, { silence: silencer(config, shape, x, 'classify') }),
      config,
    ),

  feeds: (config, shape, split, rows, random) => ({
    ...supervisedFeeds(shape, split, rows),
    ...masksFor(config, shape, rows.length, 'classify', random),
  }),

  answer: (config, shape, ids) => supervisedAnswer(shape, classify(config, shape, ids)),

  tokens: {
    table: `${WORDS}.weight`,
    answer(config, shape, vectors, shown) {
      const h = encodeWords(config, vectors, { mask: paddingMask(shown), at: 'first position' });
      return supervisedAnswer(shape, pool(config, shape, h));
    },
  },
};
