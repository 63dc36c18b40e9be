import { EngineError } from '../error.ts';
import { add, cast, clip, concat, equal, isInf, mul, placeOf, unsqueeze, where } from '../operators.ts';
import type { Dim, Graph, Tensor } from '../tensor.ts';
import { type ColumnProgram, type ColumnStep, takes, valueOf } from './column-step.ts';
import { dateParts } from './dates.ts';
import { emitExpression, type Surroundings } from './emit-expression.ts';
import { columnsOf, type Expression, typeOf } from './expression.ts';
import { calculate, call } from './words.ts';

/** The greatest float32: what goes beyond is brought back to it. */
export const GREATEST_FEATURE = 3.4028234663852886e38;

export interface PreparationOptions {
  batch: Dim;
  /** Length T of a window of a series. */
  window?: number;
  /** The graph's input for a raw column, where that must not bear its name. */
  nameOf?: (column: string) => string;
}

/** A raw column that features are computed from. */
export interface RawColumn {
  name: string;
  input: 'number' | 'string';
}

/** The raw columns that a row must bring, in the order in which the features ask for them. */
export function rawColumns(columns: readonly ColumnProgram[]): RawColumn[] {
  const found = new Map<string, RawColumn>();
  for (const column of columns)
    for (const { name, input } of columnsOf(valueOf(column)))
      found.set(name, found.get(name) ?? { name, input });
  return [...found.values()];
}

/**
 * Raw rows to features, as plain ONNX operators that travel inside a model's file: one input a raw column under the
 * column's name, float32 or string, [N, 1] or [N, T] for windows; output float32 [N, F] or [N, T, F], the columns'
 * features side by side in order. In between it is computed in double precision.
 *
 * @throws EngineError 'dtype' for a step on the wrong kind of value, 'shape' for a width that does not come out
 */
export function emitPreparation(
  graph: Graph,
  columns: readonly ColumnProgram[],
  { batch, window, nameOf = (name) => name }: PreparationOptions,
): { inputs: Tensor[]; output: Tensor } {
  const raw = rawColumns(columns);
  const inputs = raw.map(({ name, input }) =>
    graph.input(nameOf(name), input === 'number' ? 'float32' : 'string', [batch, window ?? 1]),
  );
  const values = inputs.map((input) => entering(window === undefined ? input : unsqueeze(input, -1)));
  const around = { graph, columns: new Map(raw.map(({ name }, i) => [name, values[i] as Tensor])) };
  const features = columns.map((column) => prepareColumn(column, around));
  return { inputs, output: features.length === 1 ? (features[0] as Tensor) : concat(features, -1) };
}

/**
 * An image of bytes [N, ...shape] to float32 x * scale + shift of the same shape; lists of scale and shift have one for each
 * channel, the last axis (of [H, W], whose only channel has none, they have one).
 */
export function emitImagePreparation(
  graph: Graph,
  shape: readonly number[],
  {
    scale,
    shift,
    batch = 'N',
    name = 'image',
  }: { scale: number | number[]; shift: number | number[]; batch?: Dim; name?: string },
): { inputs: Tensor[]; output: Tensor } {
  const image = graph.input(name, 'uint8', [batch, ...shape]);
  const each = (values: number | number[]): Tensor | number =>
    typeof values === 'number' ? values : graph.constant(values, [values.length]);
  return { inputs: [image], output: add(mul(cast(image, 'float32'), each(scale)), each(shift)) };
}

/** A raw input as expressions have it: numbers in double precision; what is infinite is missing. */
export function entering(x: Tensor): Tensor {
  if (x.dtype === 'string') return x;
  return where(isInf(x), x.graph.constant(Number.NaN, [], 'float64'), cast(x, 'float64'));
}

function prepareColumn(column: ColumnProgram, around: Surroundings): Tensor {
  const { name, steps, width } = column;
  requireFitting(column);
  const value = valueOf(column);
  const feature = emitFeatures(value, steps.at(-1), around);
  if (feature === undefined)
    throw new EngineError('dtype', `column ${name} ends as strings: encode it`, { node: name });
  if (feature.shape.at(-1) !== width)
    throw new EngineError('shape', `column ${name} gives ${feature.shape.at(-1)} features, not ${width}`, {
      node: name,
      shapes: [feature.shape],
    });
  return feature;
}

function emitFeatures(
  value: Expression,
  last: ColumnStep | undefined,
  around: Surroundings,
): Tensor | undefined {
  if (last?.op === 'one-hot') return oneHotOf(emitExpression(value, around), last);
  if (last?.op === 'cycle') {
    const parts = cycleOf(value, last).map((part) => emitExpression(part, around));
    return cast(concat(parts, -1), 'float32');
  }
  if (typeOf(value) !== 'number') return undefined;
  return cast(clip(emitExpression(value, around), -GREATEST_FEATURE, GREATEST_FEATURE), 'float32');
}

/** Sine and cosine of each part of a date, one behind the other. */
export function cycleOf(days: Expression, { parts }: Extract<ColumnStep, { op: 'cycle' }>): Expression[] {
  return parts.flatMap((part) =>
    (['sin', 'cos'] as const).map((wave) =>
      call(wave, calculate({ op: 'date-part', of: days, part }, '*', (2 * Math.PI) / dateParts[part])),
    ),
  );
}

/** Throws where a step does not take what it is given. */
function requireFitting(column: ColumnProgram): void {
  for (const [index, step] of column.steps.entries()) {
    const given = typeOf(valueOf({ ...column, steps: column.steps.slice(0, index) }));
    const wanted = takes(step);
    if (wanted !== undefined && wanted !== given) {
      const words = { number: 'float32', text: 'string', truth: 'bool' };
      throw new EngineError(
        'dtype',
        `column ${column.name}: ${step.op} takes ${words[wanted]}, not ${words[given]}`,
        { node: column.name },
      );
    }
  }
}

/** Strings [..., 1] to [..., C]: a 1 at the category, or at the one that stands for the rest. */
function oneHotOf(x: Tensor, { categories, rest }: Extract<ColumnStep, { op: 'one-hot' }>): Tensor {
  const { graph } = x;
  const columns = graph.constant(BigInt64Array.from(categories.keys(), BigInt), [categories.length], 'int64');
  const place = placeOf(x, categories);
  if (rest === undefined) return cast(equal(place, columns), 'float32');
  const other = graph.constant(categories.indexOf(rest), [], 'int64');
  const isOther = equal(place, graph.constant(-1, [], 'int64'));
  const isMissing = equal(x, graph.constant(''));
  const found = where(isMissing, place, where(isOther, other, place));
  return cast(equal(found, columns), 'float32');
}
