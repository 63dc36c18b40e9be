import type { DType, Session, TensorData } from '@banyan/engine';
import { columnOf, type ModelManifest } from './manifest.ts';
import { ServingError } from './serving-error.ts';

/** One raw input of a model: what the manifest promises and how its graph takes it. */
export interface InputColumn {
  /** The raw column, as people and their rows call it. */
  name: string;
  /** The graph's input that it feeds. */
  input: string;
  type: 'number' | 'string' | 'image';
  dtype: DType;
  /** The shape of one example in the graph, with the window where there is one: [], [1], [30], [28, 28]. */
  shape: readonly number[];
  /** Numbers (or strings) in one example. */
  size: number;
  /** How many of them one row brings: `size`, or a window's share of it. */
  sizePerRow: number;
}

/** The values of some examples, one tensor a column, examples along the first axis. */
export type Feeds = Record<string, TensorData>;

/**
 * Marries manifest and graph.
 *
 * @throws ServingError 'format' where they disagree
 */
export function inputColumns(manifest: ModelManifest, session: Session): InputColumn[] {
  const declared = new Map(session.inputs.map((input) => [input.name, input]));
  const columns = manifest.inputs.map(({ type, shape = [], ...names }): InputColumn => {
    const name = columnOf(names);
    const input = declared.get(names.name);
    if (input === undefined)
      throw new ServingError(
        'format',
        `model.onnx has no input ${names.name}; it has ${[...declared.keys()].join(', ')}`,
      );
    declared.delete(input.name);
    if ((type === 'string') !== (input.dtype === 'string'))
      throw new ServingError(
        'format',
        `banyan.json says ${name} is a ${type}; model.onnx takes ${input.dtype}`,
      );
    const sizePerRow = product(shape);
    const size = sizePerRow * (manifest.window ?? 1);
    const free = input.shape.slice(1).filter((dim) => typeof dim === 'number');
    // A symbolic dimension after the batch can only be the window.
    const exampleShape = input.shape
      .slice(1)
      .map((dim) => (typeof dim === 'number' ? dim : size / product(free)));
    if (product(exampleShape) !== size)
      throw new ServingError(
        'format',
        `banyan.json gives ${name} ${size} values an example; model.onnx takes [${input.shape.join(', ')}]`,
      );
    return { name, input: input.name, type, dtype: input.dtype, shape: exampleShape, size, sizePerRow };
  });
  if (declared.size > 0)
    throw new ServingError(
      'format',
      `banyan.json does not name model.onnx's input ${[...declared.keys()].join(', ')}`,
    );
  return columns;
}

/** The values of a column for `count` examples as the tensor its graph takes. */
export function columnTensor(
  column: InputColumn,
  values: readonly (number | string)[],
  count: number,
): TensorData {
  const shape = [count, ...column.shape];
  if (column.dtype === 'string') return { dtype: 'string', shape, data: values.map(String) };
  const numbers = values.map(Number);
  if (column.dtype === 'int64')
    return { dtype: 'int64', shape, data: BigInt64Array.from(numbers, (value) => BigInt(Math.round(value))) };
  if (column.dtype === 'float32') return { dtype: 'float32', shape, data: Float32Array.from(numbers) };
  if (column.dtype === 'int32') return { dtype: 'int32', shape, data: Int32Array.from(numbers) };
  return { dtype: column.dtype, shape, data: Uint8Array.from(numbers) };
}

export const product = (shape: readonly number[]): number => shape.reduce((size, dim) => size * dim, 1);
