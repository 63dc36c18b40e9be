import { EngineError } from './error.ts';
import {
  add,
  cast,
  clip,
  concat,
  equal,
  isNaN as isNaNTensor,
  log,
  mul,
  reduceSum,
  sub,
  unsqueeze,
  where,
} from './operators.ts';
import type { Dim, Graph, Tensor } from './tensor.ts';

/**
 * One step of a column's fitted preparation. A missing number is NaN, a missing string is ''.
 *
 * - `impute` puts a value where one is missing;
 * - `clip` limits to [low, high]; `affine` is x * scale + shift; `log1p` is log(1 + x);
 * - `one-hot` gives a 1 under the category, zeros for one unseen;
 * - `ordinal` gives the category's index, -1 for one unseen.
 */
export type ColumnStep =
  | { op: 'impute'; value: number | string }
  | { op: 'clip'; low: number; high: number }
  | { op: 'affine'; scale: number; shift: number }
  | { op: 'log1p' }
  | { op: 'one-hot'; categories: string[] }
  | { op: 'ordinal'; categories: string[] };

/** How a raw column becomes `width` features. */
export interface ColumnProgram {
  name: string;
  input: 'number' | 'string';
  steps: ColumnStep[];
  width: number;
}

export interface PreparationOptions {
  batch: Dim;
  /** Length T of a window of a series. */
  window?: number;
}

/**
 * Raw rows to features, as plain ONNX operators that travel inside a model's file: one input a column under the
 * column's name, float32 or string, [N, 1] or [N, T] for windows; output float32 [N, F] or [N, T, F], the columns'
 * features side by side in order.
 *
 * @throws EngineError 'dtype' for a step on the wrong kind of value, 'shape' for a width that does not come out
 */
export function emitPreparation(
  graph: Graph,
  columns: readonly ColumnProgram[],
  { batch, window }: PreparationOptions,
): { inputs: Tensor[]; output: Tensor } {
  const inputs = columns.map(({ name, input }) =>
    graph.input(name, input === 'number' ? 'float32' : 'string', [batch, window ?? 1]),
  );
  const features = columns.map((column, index) => {
    const raw = inputs[index] as Tensor;
    return prepareColumn(column, window === undefined ? raw : unsqueeze(raw, -1));
  });
  return { inputs, output: features.length === 1 ? (features[0] as Tensor) : concat(features, -1) };
}

/** An image of bytes [N, ...shape] to float32 x * scale + shift of the same shape. */
export function emitImagePreparation(
  graph: Graph,
  shape: readonly number[],
  { scale, shift, batch = 'N', name = 'image' }: { scale: number; shift: number; batch?: Dim; name?: string },
): { inputs: Tensor[]; output: Tensor } {
  const image = graph.input(name, 'uint8', [batch, ...shape]);
  return { inputs: [image], output: add(mul(cast(image, 'float32'), scale), shift) };
}

function prepareColumn({ name, steps, width }: ColumnProgram, raw: Tensor): Tensor {
  const feature = steps.reduce((x, step) => {
    if (x.dtype === wantedType(step))
      return (emitters[step.op] as (x: Tensor, step: ColumnStep) => Tensor)(x, step);
    throw new EngineError('dtype', `column ${name}: ${step.op} takes ${wantedType(step)}, not ${x.dtype}`, {
      node: name,
    });
  }, raw);
  if (feature.dtype !== 'float32')
    throw new EngineError('dtype', `column ${name} ends as strings: encode it`, { node: name });
  if (feature.shape.at(-1) !== width)
    throw new EngineError('shape', `column ${name} gives ${feature.shape.at(-1)} features, not ${width}`, {
      node: name,
      shapes: [feature.shape],
    });
  return feature;
}

function wantedType(step: ColumnStep): 'float32' | 'string' {
  if (step.op === 'impute') return typeof step.value === 'number' ? 'float32' : 'string';
  return step.op === 'one-hot' || step.op === 'ordinal' ? 'string' : 'float32';
}

type Emitters = {
  [Kind in ColumnStep['op']]: (x: Tensor, step: Extract<ColumnStep, { op: Kind }>) => Tensor;
};

/** x is [..., 1]. */
const emitters: Emitters = {
  impute: (x, { value }) => {
    const missing = x.dtype === 'string' ? equal(x, x.graph.constant('')) : isNaNTensor(x);
    return where(missing, x.graph.constant(value), x);
  },
  clip: (x, { low, high }) => clip(x, low, high),
  affine: (x, { scale, shift }) => add(mul(x, scale), shift),
  log1p: (x) => log(add(x, 1)),
  'one-hot': (x, { categories }) => oneHotOf(x, categories),
  ordinal: (x, { categories }) => {
    const places = x.graph.constant(categories.map((_, index) => index + 1));
    return sub(reduceSum(mul(oneHotOf(x, categories), places), -1, { keepDims: true }), 1);
  },
};

/** Strings [..., 1] against categories [C]: [..., C]. */
const oneHotOf = (x: Tensor, categories: readonly string[]): Tensor =>
  cast(equal(x, x.graph.constant(categories, [categories.length], 'string')), 'float32');
