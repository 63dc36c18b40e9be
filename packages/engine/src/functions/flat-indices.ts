import { EngineError } from '../error.ts';
import { formatShape, isStatic, sizeOfShape } from '../shape.ts';
import type { Tensor } from '../tensor.ts';
import { add, mul, where } from './elementwise.ts';
import { less } from './logical.ts';
import { reduceSum } from './reduce.ts';

/** The rows that indices [..., depth] name once the axes they name are one. */
export function flatIndices(x: Tensor, indices: Tensor, batch: number): Tensor {
  const depth = indices.shape.at(-1) as number;
  const named = x.shape.slice(0, batch + depth);
  if (!isStatic(named))
    throw new EngineError(
      'shape',
      `the axes ${formatShape(named)} that indices name must be known in the graph`,
    );
  const dims: readonly number[] = named;
  const constant = (values: readonly number[], shape?: readonly number[]) =>
    indices.graph.constant(values, shape ?? [values.length], 'int64');
  const lengths = constant(dims.slice(batch));
  const forward = where(less(indices, 0), add(indices, lengths), indices);
  const strides = dims.slice(batch).map((_, axis) => sizeOfShape(dims.slice(batch + axis + 1)));
  const rows = reduceSum(mul(forward, constant(strides)), -1);
  if (batch === 0) return rows;
  const [batches, size] = [sizeOfShape(dims.slice(0, batch)), sizeOfShape(dims.slice(batch))];
  const starts = Array.from({ length: batches }, (_, at) => at * size);
  const shape = rows.shape.map((_, axis) => (axis < batch ? (dims[axis] as number) : 1));
  return add(rows, constant(starts, shape));
}
