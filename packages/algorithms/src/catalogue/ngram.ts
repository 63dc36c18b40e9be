import { createGraph, type Dim, gather, initializers, mul, naturalLog, type Tensor } from '@banyan/engine';
import { z } from 'zod';
import {
  type Algorithm,
  AlgorithmError,
  type Answering,
  type Card,
  type DataShape,
  type Split,
} from '../algorithm.ts';
import { tokensOf } from '../fit/batches.ts';
import { textFeeds, vocabularyOf, windowNats } from './text.ts';

const { zeros } = initializers;

/** A table of V x V floats: 64 MB at this size. */
const MOST_BIGRAM_TOKENS = 4096;

const config = z.strictObject({
  context: z
    .int()
    .min(2)
    .max(2048)
    .default(128)
    .describe('Tokens that are scored at a time; as in the gpt it is compared with.'),
  smoothing: z
    .number()
    .gt(0)
    .max(10)
    .default(0.02)
    .describe('Added to every count, so that what was never seen is not impossible.'),
});

type NgramConfig = z.infer<typeof config>;

const shared = {
  paper: {
    title: 'A Mathematical Theory of Communication',
    authors: 'Shannon',
    year: 1948,
    url: 'https://doi.org/10.1002/j.1538-7305.1948.tb01338.x',
  },
  tasks: ['generation'],
  kinds: ['text'],
  baseline: true,
  config,
  metrics: ['loss', 'perplexity', 'bits_per_byte'],
  baselineFor: (_, { context }) => ({ name: 'unigram', config: { context } }),
} satisfies Partial<Card>;

/** log((n + a) / (sum n + a V)) of each row of counts [rows, V]. */
function logShares(counts: Float32Array, vocabulary: number, smoothing: number): Float32Array {
  const logs = new Float32Array(counts.length);
  for (let start = 0; start < counts.length; start += vocabulary) {
    const row = counts.subarray(start, start + vocabulary);
    const total = row.reduce((sum, n) => sum + n, 0) + smoothing * vocabulary;
    for (const [k, n] of row.entries()) logs[start + k] = naturalLog((n + smoothing) / total);
  }
  return logs;
}

/** Log-probabilities [rows, V] of the next token, a row for each token before (one for all: unigram). */
function estimate(rows: number, smoothing: number, vocabulary: number, train: Split) {
  const tokens = tokensOf(train);
  const counts = new Float32Array(rows * vocabulary);
  for (let i = 1; i < tokens.length; i++)
    counts[(rows === 1 ? 0 : tokens[i - 1]! * vocabulary) + tokens[i]!]! += 1;
  const data = logShares(counts, vocabulary, smoothing);
  return new Map([['log_probabilities', { dtype: 'float32' as const, shape: [rows, vocabulary], data }]]);
}

/** Scores and answers from a table of log-probabilities; `pick` names the row of the table for each token before. */
function lookup(rowsOf: (shape: DataShape) => number, pick: (ids: Tensor) => Tensor) {
  const logProbabilities = (shape: DataShape, ids: Tensor): Tensor => {
    const table = ids.graph.parameter('log_probabilities', [rowsOf(shape), vocabularyOf(shape)], zeros);
    return gather(table, pick(ids));
  };
  return {
    answer: (_, shape, ids) => ({ logits: logProbabilities(shape, ids) }),
    score(config, shape, rows: Dim) {
      const graph = createGraph();
      const ids = graph.input('ids', 'int32', [rows, config.context]);
      const labels = graph.input('labels', 'int32', [rows, config.context]);
      return {
        graph,
        inputs: [ids, labels],
        outputs: { loss: windowNats(logProbabilities(shape, ids), labels) },
      };
    },
    feeds: (config, _, split, starts) => textFeeds(split, starts, config.context),
  } satisfies Answering<NgramConfig>;
}

export const unigram: Algorithm<NgramConfig> = {
  ...shared,
  name: 'unigram',
  title: 'Unigram',
  summary: 'Draws every token by its frequency alone, whatever came before.',
  formula: 'P(t) = (n_t + a) / (n + a V)',
  latex: String.raw`P(t) = \frac{n_t + a}{n + a V}`,
  goodFor: 'Knowing what a language model is worth: how well each token is guessed from its frequency alone.',
  symbols: {
    n_t: 'occurrences of token t',
    n: 'tokens in the training text',
    V: 'the vocabulary',
    a: 'smoothing',
  },
  learning: 'estimation',
  estimate: ({ smoothing }, shape, train) => estimate(1, smoothing, vocabularyOf(shape), train),
  ...lookup(
    () => 1,
    (ids) => mul(ids, 0),
  ),
};

export const bigram: Algorithm<NgramConfig> = {
  ...shared,
  name: 'bigram',
  title: 'Bigram',
  summary: 'Draws every token by how often it followed the one before.',
  formula: 'P(t | s) = (n_st + a) / (n_s + a V)',
  latex: String.raw`P(t \mid s) = \frac{n_{st} + a}{n_s + a V}`,
  goodFor: 'Knowing what a language model is worth: how well each token is guessed from the one before it.',
  symbols: {
    n_st: 'how often token t followed token s',
    n_s: 'occurrences of token s',
    V: 'the vocabulary',
    a: 'smoothing',
  },
  learning: 'estimation',
  estimate({ smoothing }, shape, train) {
    const vocabulary = vocabularyOf(shape);
    if (vocabulary > MOST_BIGRAM_TOKENS)
      throw new AlgorithmError(
        'data',
        `a bigram table of ${vocabulary} x ${vocabulary} is too large; use unigram, or at most ${MOST_BIGRAM_TOKENS} tokens`,
      );
    return estimate(vocabulary, smoothing, vocabulary, train);
  },
  ...lookup(vocabularyOf, (ids) => ids),
};
