import type { TensorData } from '@banyan/engine';
import { product } from './input-columns.ts';

/** Tensors of one type joined along their first axis. One alone is returned as it is. */
export function concatTensors(tensors: readonly TensorData[]): TensorData {
  const [first] = tensors;
  if (first === undefined) throw new RangeError('nothing to join');
  if (tensors.length === 1) return first;
  const rows = tensors.reduce((sum, { shape }) => sum + (shape[0] ?? 0), 0);
  const shape = [rows, ...first.shape.slice(1)];
  if (Array.isArray(first.data))
    return { dtype: first.dtype, shape, data: tensors.flatMap(({ data }) => Array.from(data, String)) };
  const data = emptyLike(first.data, product(shape));
  let at = 0;
  for (const tensor of tensors) {
    // `set` throws on a mixture of bigint and number, which the engine's types rule out for one name.
    data.set(tensor.data as never, at);
    at += tensor.data.length;
  }
  return { dtype: first.dtype, shape, data };
}

/** Rows from .. to - 1 of a tensor, copied: a view would keep, and send between threads, the whole buffer. */
export function sliceTensor(tensor: TensorData, from: number, to: number): TensorData {
  const { dtype, shape, data } = tensor;
  if (from === 0 && to === shape[0]) return tensor;
  const size = product(shape.slice(1));
  return { dtype, shape: [to - from, ...shape.slice(1)], data: data.slice(from * size, to * size) };
}

/** An array of the same kind: a plain `new data.constructor(length)`, which TypeScript does not know. */
function emptyLike(
  data: Exclude<TensorData['data'], string[]>,
  length: number,
): Exclude<TensorData['data'], string[]> {
  return new (data.constructor as new (length: number) => typeof data)(length);
}
