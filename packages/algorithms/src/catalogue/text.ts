import { gatherElements, neg, reduceMean, squeeze, type Tensor, unsqueeze } from '@banyan/engine';
import {
  AlgorithmError,
  type Config,
  type DataShape,
  type Feeds,
  type SpecialTokens,
  type Split,
} from '../algorithm.ts';
import { tokensOf } from '../fit/batches.ts';

/** Tokens that a text is cut into for learning and scoring; every algorithm of texts has this setting. */
export const contextOf = (config: Config): number => Number(config.context);

export function vocabularyOf(shape: DataShape): number {
  if (shape.vocabulary === undefined)
    throw new AlgorithmError('data', 'text needs the size of its vocabulary');
  return shape.vocabulary;
}

/** The special tokens of texts that are to be classified. */
export function specialOf(shape: DataShape): SpecialTokens {
  if (shape.special === undefined)
    throw new AlgorithmError('data', 'texts to classify need the ids of their special tokens');
  return shape.special;
}

/** Where training windows may start: each has `context` tokens and the one after. */
export const windowStarts = (split: Split, context: number): number => tokensOf(split).length - context;

/** The starts of consecutive windows, so that every token but the first is predicted once. */
export function consecutiveWindows(split: Split, context: number): Uint32Array {
  const windows = Math.floor((tokensOf(split).length - 1) / context);
  return Uint32Array.from({ length: windows }, (_, window) => window * context);
}

/** ids [N, T] and labels [N, T], which are the ids one place on. */
export function textFeeds(split: Split, starts: Uint32Array, context: number): Feeds {
  const tokens = tokensOf(split);
  const ids = new Int32Array(starts.length * context);
  const labels = new Int32Array(starts.length * context);
  for (const [row, start] of starts.entries()) {
    ids.set(tokens.subarray(start, start + context), row * context);
    labels.set(tokens.subarray(start + 1, start + context + 1), row * context);
  }
  return { ids, labels };
}

/** The mean of -log p(label) over each window: log p [N, T, V] and labels [N, T] to [N]. */
export const windowNats = (logProbabilities: Tensor, labels: Tensor): Tensor =>
  neg(reduceMean(squeeze(gatherElements(logProbabilities, unsqueeze(labels, 2)), 2), 1));
