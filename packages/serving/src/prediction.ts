import type { TensorData } from '@banyan/engine';
import { type Feeds, product } from './input-columns.ts';
import type { ModelManifest } from './manifest.ts';
import { ServingError } from './serving-error.ts';

export type Prediction = ClassPrediction | ValuePrediction | ReconstructionPrediction;

export interface ClassPrediction {
  label: string;
  /** By class, in the manifest's order; they sum to 1. */
  probabilities: Record<string, number>;
}

export interface ValuePrediction {
  /** In the target's own units. */
  value: number;
}

/** Both row-major: the reconstruction in the shape of the input, the latent code [Z]. */
export interface ReconstructionPrediction {
  reconstruction: number[];
  latent: number[];
}

/**
 * One prediction an example from the graph's outputs.
 *
 * @param count examples in the request
 * @param explain why example i may have no number for an answer, as ` (missing: mass)`
 * @throws ServingError 'input' when an answer is not a finite number; 'format' when an output is absent
 */
export function decodePredictions(
  manifest: ModelManifest,
  outputs: Feeds,
  count: number,
  explain: (example: number) => string,
): Prediction[] {
  const rowsOf = (name: string, size?: number): number[][] => {
    const rows = numberRows(outputs[name], name, count, explain);
    const odd = rows.find((row) => size !== undefined && row.length !== size);
    if (odd !== undefined)
      throw new ServingError(
        'format',
        `model.onnx gives ${odd.length} ${name} a row; banyan.json says ${size}`,
      );
    return rows;
  };
  const { task, classes = [] } = manifest;
  if (task === 'generation')
    throw new ServingError('not-predictive', 'this model writes text: give it a prompt to continue');
  if (task === 'classification') {
    const labels = requireOutput(outputs.label, 'label').data;
    return rowsOf('probabilities', classes.length).map((row, index) => ({
      label: String(labels[index]),
      probabilities: Object.fromEntries(classes.map((name, c) => [name, row[c] ?? 0])),
    }));
  }
  if (task === 'reconstruction') {
    const latents = rowsOf('latent');
    return rowsOf('reconstruction').map((reconstruction, i) => ({
      reconstruction,
      latent: latents[i] ?? [],
    }));
  }
  return rowsOf('value', 1).map(([value = Number.NaN]) => ({ value }));
}

function numberRows(
  tensor: TensorData | undefined,
  name: string,
  count: number,
  explain: (example: number) => string,
): number[][] {
  const { shape, data } = requireOutput(tensor, name);
  const size = product(shape.slice(1));
  return Array.from({ length: count }, (_, row) => {
    const values = Array.from(data.slice(row * size, (row + 1) * size), Number);
    if (!values.every(Number.isFinite))
      throw new ServingError('input', `the model has no number for row ${row}${explain(row)}`);
    return values;
  });
}

function requireOutput(tensor: TensorData | undefined, name: string): TensorData {
  if (tensor === undefined) throw new ServingError('format', `model.onnx has no output ${name}`);
  return tensor;
}
