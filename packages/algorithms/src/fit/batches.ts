import type { Random } from '@banyan/engine';
import { AlgorithmError, type DataShape, type Split } from '../algorithm.ts';

/** The number of floats (or ids) of one example. */
export const exampleSize = (shape: readonly number[]): number =>
  shape.reduce((product, dim) => product * dim, 1);

/**
 * The examples of every training step, without keeping a position: each epoch is a permutation fixed by the seed and
 * the epoch's number, cut into batches; what is left over at its end waits for another epoch's order. So a run can be
 * resumed at any step.
 */
export function createSampler(
  random: Random,
  examples: number,
  batchRows: number,
): (step: number) => Uint32Array {
  const batchesAnEpoch = Math.floor(examples / batchRows);
  let epoch = -1;
  let order: Uint32Array = new Uint32Array();
  return (step) => {
    const wanted = Math.floor((step - 1) / batchesAnEpoch);
    if (wanted !== epoch) order = random.fork(`epoch ${wanted}`).permutation(examples);
    epoch = wanted;
    const start = ((step - 1) % batchesAnEpoch) * batchRows;
    return order.subarray(start, start + batchRows);
  };
}

/** What examples are made of in a graph: token ids for texts, otherwise features. */
export const exampleType = ({ kind }: DataShape): 'int32' | 'float32' =>
  kind === 'text' ? 'int32' : 'float32';

/** The prepared x of some rows, [rows, ...shape]; raw pixels are scaled. */
export function gatherExamples(shape: DataShape, split: Split, rows: Uint32Array): Float32Array | Int32Array {
  const size = exampleSize(shape.shape);
  if (exampleType(shape) === 'int32') {
    const ids = new Int32Array(rows.length * size);
    for (const [position, row] of rows.entries())
      ids.set(split.x.subarray(row * size, (row + 1) * size), position * size);
    return ids;
  }
  const x = new Float32Array(rows.length * size);
  if (split.x instanceof Uint8Array) scalePixels(shape, split.x, rows, x);
  else
    for (const [position, row] of rows.entries())
      x.set(split.x.subarray(row * size, (row + 1) * size), position * size);
  return x;
}

/** A loop of its own for bytes: compiled for one type of array, it takes a nanosecond a pixel. */
function scalePixels(shape: DataShape, pixels: Uint8Array, rows: Uint32Array, x: Float32Array): void {
  const { scale, shift } = shape.image ?? { scale: 1 / 255, shift: 0 };
  if (typeof scale !== 'number' || typeof shift !== 'number')
    return scaleChannels([scale].flat(), [shift].flat(), pixels, rows, x);
  const size = x.length / rows.length;
  let at = 0;
  for (const row of rows) {
    const end = (row + 1) * size;
    for (let from = row * size; from < end; from++) x[at++] = pixels[from]! * scale + shift;
  }
}

function scaleChannels(
  scale: readonly number[],
  shift: readonly number[],
  pixels: Uint8Array,
  rows: Uint32Array,
  x: Float32Array,
): void {
  const channels = Math.max(scale.length, shift.length);
  const size = x.length / rows.length;
  for (let c = 0; c < channels; c++) {
    const [factor, summand] = [scale[c % scale.length]!, shift[c % shift.length]!];
    for (const [position, row] of rows.entries())
      for (let at = c; at < size; at += channels)
        x[position * size + at] = pixels[row * size + at]! * factor + summand;
  }
}

/** The targets, or an error that says the split has none. */
export function targetsOf(split: Split): Float32Array | Int32Array {
  if (split.y === undefined) throw new AlgorithmError('data', 'this split has no target column y');
  return split.y;
}

/** The token stream, or an error that says the split has none. */
export function tokensOf(split: Split): Int32Array {
  if (split.tokens === undefined)
    throw new AlgorithmError('data', 'this split has no tokens: add a tokenize step to its recipe');
  return split.tokens;
}

/** The training split's own scale; a constant target keeps the scale 1. */
export function meanAndStd(values: ArrayLike<number>): { mean: number; std: number } {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i]!;
  const mean = sum / values.length;
  let squares = 0;
  for (let i = 0; i < values.length; i++) squares += (values[i]! - mean) * (values[i]! - mean);
  return { mean, std: Math.sqrt(squares / values.length) || 1 };
}

/** 0, 1, ..., count - 1. */
export const firstRows = (count: number): Uint32Array => Uint32Array.from({ length: count }, (_, row) => row);

/** At most `most` of `count` rows, evenly spread, so that a validation costs a bounded time. */
export function spreadRows(count: number, most: number): Uint32Array {
  if (count <= most) return firstRows(count);
  return Uint32Array.from({ length: most }, (_, i) => Math.floor((i * count) / most));
}

/** Masks for inverted dropout: 0 with probability `rate`, otherwise 1 / (1 - rate) (Srivastava et al., 2014). */
export const dropoutMask = (random: Random, size: number, rate: number): Float32Array =>
  random.mask(size, rate);

export function normalNoise(random: Random, size: number): Float32Array {
  return Float32Array.from({ length: size }, () => random.normal());
}
