import { ExplainError } from './explain-error.ts';
import { exampleSize, type ForwardProgram, openGradientSession } from './gradient-session.ts';

export interface IntegratedGradientsOptions {
  forward: ForwardProgram;
  /** The prepared examples, row-major [rows, F]; F is the size of one example (a window: steps * features). */
  x: Float32Array;
  rows: number;
  /**
   * What stands for "no news": one example [F], as the mean row (zeros once columns are standardised), or one for each row
   * [rows, F].
   */
  baseline: Float32Array;
  /** For each row the index of the output to explain, as the predicted class; 0 where there is one output. */
  outputs: ArrayLike<number>;
  /** Points on the path from baseline to x; 50 is usually enough, more lowers the completeness error. */
  steps?: number;
  threads?: number;
  /** Called with the share done, 0 to 1. */
  onProgress?: (share: number) => void;
  signal?: AbortSignal;
}

export interface Attributions {
  /** [rows, F], in units of the explained output. */
  attributions: Float32Array;
  /** [rows] each: the explained output at x and at the baseline; a row's attributions sum to their difference. */
  values: Float32Array;
  baselineValues: Float32Array;
  /** The largest |sum of attributions - (f(x) - f(baseline))| of any row: how far the sum is from the integral. */
  completenessError: number;
}

const DEFAULT_STEPS = 64;

/**
 * Integrated gradients (Sundararajan, Taly and Yan 2017, equation 1), the path integral by the midpoint rule:
 *
 *   attribution_i = (x_i - x'_i) * 1/m * sum_{k=1..m} dF(x' + (k - 1/2)/m * (x - x')) / dx_i
 *
 * All points of all rows go through one session in batches. Explains the output of `forward` as it is: logits for a
 * classifier whose program ends in logits. The gradient's nodes are added to `forward.graph`.
 *
 * @throws ExplainError 'input' when sizes disagree or an output index does not exist; 'model' when the input is not
 *   float32 (token ids have no straight path to a baseline) or the output is neither [N] nor [N, C]
 */
export async function integratedGradients(options: IntegratedGradientsOptions): Promise<Attributions> {
  requireFit(options);
  const { x, rows, baseline, outputs, steps = DEFAULT_STEPS, signal, onProgress } = options;
  const size = exampleSize(options.forward.input);
  const baselineOf = (row: number) =>
    baseline.length === size ? baseline : baseline.subarray(row * size, (row + 1) * size);
  const sums = new Float64Array(x.length);
  const values = new Float32Array(rows);
  const baselineValues = new Float32Array(rows);
  // A row's path: m midpoints for the integral, then its two ends for the completeness check.
  const alphas = [...Array.from({ length: steps }, (_, k) => (k + 0.5) / steps), 0, 1];
  const total = rows * alphas.length;
  const session = await openGradientSession(options.forward, options.threads);
  try {
    for (let start = 0; start < total; start += session.capacity) {
      signal?.throwIfAborted();
      const batch = Array.from({ length: Math.min(session.capacity, total - start) }, (_, offset) => {
        const [row, k] = [Math.floor((start + offset) / alphas.length), (start + offset) % alphas.length];
        const end = x.subarray(row * size, (row + 1) * size);
        return { row, k, x: between(baselineOf(row), end, at(alphas, k)), output: at(outputs, row) };
      });
      const found = await session.evaluate(batch);
      for (const [index, { row, k }] of batch.entries()) {
        if (k === steps) baselineValues[row] = at(found.values, index);
        else if (k > steps) values[row] = at(found.values, index);
        else
          for (let i = 0; i < size; i++)
            sums[row * size + i] = at(sums, row * size + i) + at(found.gradients, index * size + i);
      }
      onProgress?.((start + batch.length) / total);
    }
  } finally {
    await session.close();
  }
  const attributions = x.map(
    (value, i) => ((value - at(baseline, i % baseline.length)) * at(sums, i)) / steps,
  );
  const completenessError = largestGap(attributions, values, baselineValues);
  return { attributions, values, baselineValues, completenessError };
}

/** x' + alpha (x - x'); exactly x' at 0 and x at 1. */
const between = (from: Float32Array, to: Float32Array, alpha: number): Float32Array =>
  from.map((value, i) => (1 - alpha) * value + alpha * at(to, i));

/** The largest gap between a row's summed attributions and what the output moved by (proposition 1 of the paper). */
function largestGap(attributions: Float32Array, values: Float32Array, baselineValues: Float32Array): number {
  const size = attributions.length / values.length;
  const gaps = Array.from(values, (value, row) => {
    const sum = attributions.subarray(row * size, (row + 1) * size).reduce((total, part) => total + part, 0);
    return Math.abs(sum - (value - at(baselineValues, row)));
  });
  return gaps.reduce((largest, gap) => Math.max(largest, gap), 0);
}

function at(values: ArrayLike<number>, index: number): number {
  const value = values[index];
  if (value === undefined) throw new RangeError(`no element ${index} of ${values.length}`);
  return value;
}

function requireFit({
  forward,
  x,
  rows,
  baseline,
  outputs,
  steps = DEFAULT_STEPS,
}: IntegratedGradientsOptions): void {
  const { input, output } = forward;
  const size = exampleSize(input);
  const classes = exampleSize(output);
  if (input.dtype !== 'float32')
    throw new ExplainError(
      'model',
      `integrated gradients needs a float32 input; ${input.name} is ${input.dtype}`,
    );
  if (output.shape.length < 1 || output.shape.length > 2)
    throw new ExplainError(
      'model',
      `the output must be [N] or [N, C]; ${output.name} is [${output.shape.join(', ')}]`,
    );
  if (baseline.length !== size && baseline.length !== rows * size)
    throw new ExplainError('input', `the baseline has ${baseline.length} numbers; one example has ${size}`);
  if (x.length !== rows * size || rows < 1)
    throw new ExplainError('input', `x has ${x.length} numbers; ${rows} rows of ${size} need ${rows * size}`);
  if (outputs.length !== rows)
    throw new ExplainError('input', `give one output index a row: ${rows}, not ${outputs.length}`);
  if (!Number.isInteger(steps) || steps < 1)
    throw new ExplainError('input', `steps must be a whole number from 1, not ${steps}`);
  const absent = Array.from(outputs).find(
    (index) => !Number.isInteger(index) || index < 0 || index >= classes,
  );
  if (absent !== undefined)
    throw new ExplainError('input', `there is no output ${absent}: the model has ${classes}`);
}
