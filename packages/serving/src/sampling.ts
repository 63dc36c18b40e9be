import type { Random } from '@banyan/engine';
import { ServingError } from './serving-error.ts';

export interface SamplingOptions {
  /** 0 always takes the likeliest token; 1 samples the model's own distribution; more is wilder. */
  temperature: number;
  /** Only the k likeliest tokens. */
  topK?: number | undefined;
  /** Only the likeliest tokens that together reach this probability (Holtzman et al. 2020, nucleus sampling). */
  topP?: number | undefined;
}

interface Candidate {
  token: number;
  weight: number;
}

/**
 * Draws the next token from its logits [V]: softmax(logits / temperature), cut to the top k, then to the nucleus. Equal
 * logits rank by token, so that the same seed gives the same text everywhere.
 *
 * @throws ServingError 'runtime' when the logits are no numbers
 */
export function sampleToken(logits: Float32Array, options: SamplingOptions, random: Random): number {
  const best = argmax(logits);
  if (options.temperature === 0) return best;
  // Relative to the largest, so that exp never overflows.
  const top = logits[best] ?? 0;
  let candidates: Candidate[] = Array.from(logits, (logit, token) => ({
    token,
    weight: Math.exp((logit - top) / options.temperature),
  }));
  const { topK, topP = 1 } = options;
  if (topK !== undefined || topP < 1) candidates.sort((a, b) => b.weight - a.weight || a.token - b.token);
  if (topK !== undefined) candidates = candidates.slice(0, topK);
  if (topP < 1) candidates = nucleus(candidates, topP);
  let left = random.uniform() * totalWeight(candidates);
  for (const { token, weight } of candidates) {
    left -= weight;
    if (left < 0) return token;
  }
  return best;
}

/** The shortest head of the ranking whose share reaches p. */
function nucleus(ranked: readonly Candidate[], p: number): Candidate[] {
  const enough = p * totalWeight(ranked);
  let sum = 0;
  const end = ranked.findIndex(({ weight }) => (sum += weight) >= enough);
  return ranked.slice(0, end < 0 ? ranked.length : end + 1);
}

const totalWeight = (candidates: readonly Candidate[]): number =>
  candidates.reduce((sum, { weight }) => sum + weight, 0);

function argmax(logits: Float32Array): number {
  let best = 0;
  for (const [token, logit] of logits.entries()) {
    if (Number.isNaN(logit))
      throw new ServingError('runtime', 'the model answered with numbers that are not numbers');
    if (logit > (logits[best] ?? 0)) best = token;
  }
  return best;
}
