import type { DType, Op, Tensor } from '../tensor.ts';
import { asIs, comparison, operator, requireType } from './operator.ts';

const floats = ['float32', 'float64', 'float16'] as const;
const integers = ['int8', 'int16', 'int32', 'int64', 'uint8', 'uint16', 'uint32', 'uint64'] as const;
const ordered = [...floats, ...integers];

export const logical = {
  Equal: comparison(...ordered, 'bool', 'string'),
  Greater: comparison(...ordered),
  GreaterOrEqual: comparison(...ordered),
  Less: comparison(...ordered),
  LessOrEqual: comparison(...ordered),
  And: comparison('bool'),
  Or: comparison('bool'),
  Xor: comparison('bool'),
  Not: truthOf('bool'),
  IsNaN: truthOf(...floats),
  IsInf: {
    ...truthOf('float32', 'float64'),
    emit: ({ type, inputs, attributes: { negative, positive } }) => ({
      type,
      inputs,
      ints: { detect_negative: Number(negative), detect_positive: Number(positive) },
    }),
  },
} satisfies Record<string, Op>;

/** A truth value for each element. */
function truthOf(...types: readonly DType[]): Op {
  return operator<readonly [Tensor]>({
    infer([x]) {
      requireType(x, ...types);
      return [{ dtype: 'bool', shape: x.shape }];
    },
    emit: asIs,
    grad: null,
  });
}
