import type { Random } from '@banyan/engine';
import type { SpecialTokens } from '../algorithm.ts';

/** The share of tokens to be guessed, and what is put in their places (Devlin et al., 2018, section 3.1). */
const GUESSED = 0.15;
const MASKED = 0.8;
const RANDOM = 0.1;

/** The label of places that hold no guess. */
export const NO_GUESS = -1;

/** Guesses for which a batch of `rows` texts has room. */
export const guessesIn = (rows: number, length: number): number => rows * guessesOf(length);

/** At least one of each text that has any token of its own. */
const guessesOf = (tokens: number): number => (tokens === 0 ? 0 : Math.max(1, Math.round(GUESSED * tokens)));

export interface Masked {
  /** The texts [B, T] with tokens hidden. */
  ids: Int32Array;
  /** Where in B T they were [P]; what is left over is 0. */
  positions: Int32Array;
  /** What they were [P]; what is left over is NO_GUESS. */
  labels: Int32Array;
}

/**
 * Chooses 15 % of each text's tokens, at random and none of them special, and hides 80 % of them behind [MASK], 10 %
 * behind a random token; the rest stays, as when the model is used nothing is masked.
 *
 * @param ids [B, T]
 * @param length T
 */
export function maskTokens(
  ids: Int32Array,
  length: number,
  vocabulary: number,
  special: SpecialTokens,
  random: Random,
): Masked {
  const rows = ids.length / length;
  const hidden = ids.slice();
  const positions = new Int32Array(guessesIn(rows, length));
  const labels = new Int32Array(positions.length).fill(NO_GUESS);
  const never = new Set([special.pad, special.cls, special.sep]);
  let filled = 0;
  for (let row = 0; row < rows; row++) {
    const places: number[] = [];
    for (let at = row * length; at < (row + 1) * length; at++) if (!never.has(ids[at]!)) places.push(at);
    const wanted = guessesOf(places.length);
    for (let guess = 0; guess < wanted; guess++) {
      const pick = guess + random.integer(places.length - guess);
      [places[guess], places[pick]] = [places[pick]!, places[guess]!];
      const at = places[guess]!;
      positions[filled] = at;
      labels[filled++] = ids[at]!;
      const draw = random.uniform();
      if (draw < MASKED) hidden[at] = special.mask;
      else if (draw < MASKED + RANDOM) hidden[at] = random.integer(vocabulary);
    }
  }
  return { ids: hidden, positions, labels };
}
