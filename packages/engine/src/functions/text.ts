import type { Tensor } from '../tensor.ts';
import { apply } from './apply.ts';
import { reshape, reshapeAs, slice, squeeze } from './shape.ts';

// Text of raw rows: nothing is differentiated through it.
/** Whether a pattern of RE2 matches a text from end to end. */
export const matches = (x: Tensor, pattern: string): Tensor => apply('RegexFullMatch', [x], { pattern });
/** What stands before the first separator and what after it. Every text must have one. */
export function splitOnce(x: Tensor, separator: string): { before: Tensor; after: Tensor } {
  const pieces = apply('StringSplit', [x], { separator });
  const piece = (at: number) => squeeze(slice(pieces, -1, at, at + 1), -1);
  return { before: piece(0), after: piece(1) };
}
export const concatText = (a: Tensor, b: Tensor): Tensor => apply('StringConcat', [a, b]);
/** Letters of ASCII made small or capital; others stay. */
export const inCase = (x: Tensor, letters: 'LOWER' | 'UPPER'): Tensor =>
  reshapeAs(apply('StringNormalizer', [reshape(x, [-1])], { letters }), x);
/** The int64 place of a text among keys that differ, -1 for any other. */
export const placeOf = (x: Tensor, keys: readonly string[]): Tensor => apply('LabelEncoder', [x], { keys });
