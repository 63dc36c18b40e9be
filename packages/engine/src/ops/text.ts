import { EngineError } from '../error.ts';
import { broadcastShapes } from '../shape.ts';
import type { Op, Tensor } from '../tensor.ts';
import { asIs, operator, requireType } from './operator.ts';

/** Operators on text, for raw rows: none has a derivative. */
export const text = {
  /** Whether a pattern of RE2 matches from end to end. */
  RegexFullMatch: operator<readonly [Tensor], { pattern: string }>({
    infer([x]) {
      requireType(x, 'string');
      return [{ dtype: 'bool', shape: x.shape }];
    },
    emit: ({ type, inputs, attributes: { pattern } }) => ({ type, inputs, strings: { pattern } }),
    grad: null,
  }),

  /** The pieces before and after the first separator, in a new last axis of 2: it must be in every text. */
  StringSplit: operator<readonly [Tensor], { separator: string }, readonly [Tensor, Tensor]>({
    infer([x]) {
      requireType(x, 'string');
      return [
        { dtype: 'string', shape: [...x.shape, 2] },
        { dtype: 'int64', shape: x.shape },
      ];
    },
    emit: ({ type, inputs, attributes: { separator } }) => ({
      type,
      inputs,
      strings: { delimiter: separator },
      ints: { maxsplit: 1 },
    }),
    grad: null,
  }),

  StringConcat: operator<readonly [Tensor, Tensor]>({
    infer([a, b]) {
      requireType(a, 'string');
      requireType(b, 'string');
      return [{ dtype: 'string', shape: broadcastShapes(a.shape, b.shape) }];
    },
    emit: asIs,
    grad: null,
  }),

  /** Letters of ASCII in one case, in the locale that every machine has; a vector. */
  StringNormalizer: operator<readonly [Tensor], { letters: 'LOWER' | 'UPPER' }>({
    infer([x]) {
      requireType(x, 'string');
      if (x.shape.length !== 1)
        throw new EngineError('shape', `StringNormalizer takes a vector, not rank ${x.shape.length}`);
      return [{ dtype: 'string', shape: x.shape }];
    },
    emit: ({ type, inputs, attributes: { letters } }) => ({
      type,
      inputs,
      strings: { case_change_action: letters, locale: 'C' },
    }),
    grad: null,
  }),

  /** The place of a text among keys that differ, -1 for any other. */
  LabelEncoder: operator<readonly [Tensor], { keys: readonly string[] }>({
    infer([x]) {
      requireType(x, 'string');
      return [{ dtype: 'int64', shape: x.shape }];
    },
    emit: ({ type, inputs, attributes: { keys } }) => ({
      type,
      inputs,
      domain: 'ai.onnx.ml',
      strings: { keys_strings: keys },
      ints: { values_int64s: keys.map((_, index) => index), default_int64: -1 },
    }),
    grad: null,
  }),
} satisfies Record<string, Op>;
