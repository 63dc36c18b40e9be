import type { Op, Tensor } from '../tensor.ts';
import { asIs, comparison, operator, requireType } from './operator.ts';

export const logical = {
  Equal: comparison('float32', 'int32', 'int64', 'bool', 'string'),
  Greater: comparison('float32', 'int32', 'int64'),
  GreaterOrEqual: comparison('float32', 'int32', 'int64'),
  Less: comparison('float32', 'int32', 'int64'),
  LessOrEqual: comparison('float32', 'int32', 'int64'),
  And: comparison('bool'),
  Or: comparison('bool'),
  Not: truthOf('bool'),
  IsNaN: truthOf('float32'),
} satisfies Record<string, Op>;

/** A truth value for each element. */
function truthOf(dtype: 'bool' | 'float32'): Op {
  return operator<readonly [Tensor]>({
    infer([x]) {
      requireType(x, dtype);
      return [{ dtype: 'bool', shape: x.shape }];
    },
    emit: asIs,
    grad: null,
  });
}
