import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type ForwardProgram, forwardProgram, loadModel, type TrainedModel } from '@banyan/algorithms';
import type { Row, Split } from '@banyan/data';
import { ExplainError, integratedGradients, permutationImportance, sumByColumn } from '@banyan/explain';
import { columnOf, openModel, type Prediction, type ServedModel } from '@banyan/serving';
import type { Report, Work } from '../assignment.ts';
import { JobError } from '../failure.ts';
import { openPrepared, type Prepared } from '../prepared.ts';
import { readModelFile, requireSamePreparation } from './evaluate.ts';
import { attributeWords } from './explain-texts.ts';

type Example = Row | Row[];

/** Permutations of each column, and the most held-out rows that are permuted. */
const repeats = 5;
const permutedRows = 2000;

/** Explains a model of rows or series: which columns it relies on, and what moved each of some answers; of texts, which words did. */
export const explainJob: Work<'explain'> = async (assignment, report, signal) => {
  const { payload, folder, dataset = '', model: dir = '', threads } = assignment;
  const { seed } = payload;
  report({ kind: 'progress', progress: { step: 0, phase: 'reading data' } });
  const trained = loadModel(await readModelFile(dir, 'model.safetensors'));
  const prepared = await openPrepared(dataset);
  const { kind, task } = prepared.fitted;
  if (kind === 'image' || task === 'generation' || task === 'reconstruction')
    throw new JobError(
      'NOT_EXPLAINABLE',
      `Explanations are made for rows, series and texts with a target, not for ${kind} ${task}.`,
    );
  await requireSamePreparation(dir, prepared.fitted);
  const test = await prepared.load('test');
  const served = await openModel(dir, { threads });
  const examples = await prepared.examples('test', permutedRows);
  try {
    const predictions = await served.predict(examples.slice(0, payload.rows));
    const going = { threads, signal, report };
    const explainColumns = async () => {
      const { metric, importances } = await permuteColumns(served, prepared, examples, test, {
        ...going,
        seed,
      });
      const gradients = await attribute(trained, prepared, test, predictions, going);
      return {
        metric,
        permutation: importances,
        ...(gradients === undefined ? {} : { gradients }),
        rowsUsed: examples.length,
      };
    };
    const explanation = {
      version: 1,
      model: { repository: payload.model.path, commit: payload.model.commit },
      ...(kind === 'text'
        ? { texts: await attributeWords(trained, prepared, predictions, going) }
        : await explainColumns()),
      seed,
    };
    const file = join(folder, 'explanation.json');
    await writeFile(file, `${JSON.stringify(explanation, undefined, 1)}\n`);
    return { result: { kind: 'explain', files: [] }, files: [{ path: 'explanation.json', file }] };
  } finally {
    await served.close();
  }
};

interface Going {
  signal: AbortSignal;
  report: (report: Report) => void;
}

/** How much worse the whole model, preparation included, gets on held-out rows when a column is shuffled. */
async function permuteColumns(
  served: ServedModel,
  { shape }: Prepared,
  examples: Example[],
  { y = new Float32Array() }: Split,
  { seed, signal, report }: Going & { seed: number },
) {
  const truth = new Map(examples.map((example, index) => [example, y[index] ?? Number.NaN]));
  const classes = shape.classes;
  const score = (predictions: readonly Prediction[], rows: readonly Example[]): number => {
    const errors = predictions.map((prediction, index) => {
      const wanted = truth.get(rows[index] ?? {}) ?? Number.NaN;
      if ('label' in prediction) return prediction.label === classes?.[wanted] ? 0 : 1;
      return 'value' in prediction ? (prediction.value - wanted) ** 2 : Number.NaN;
    });
    const mean = errors.reduce((sum, error) => sum + error, 0) / errors.length;
    return classes === undefined ? -Math.sqrt(mean) : 1 - mean;
  };
  const importances = await permutationImportance<Example, Prediction>({
    predict: (rows) => served.predict(rows),
    rows: examples,
    columns: served.manifest.inputs.map(columnOf),
    score,
    repeats,
    seed,
    signal,
    onProgress: (done, total) =>
      report({ kind: 'progress', progress: { step: done, totalSteps: total, phase: 'shuffling columns' } }),
  });
  return { metric: classes === undefined ? 'rmse' : 'accuracy', importances };
}

/** What each column added to the explained answers, against the average training example; undefined where nothing can be differentiated. */
async function attribute(
  trained: TrainedModel,
  { fitted, shape, load }: Prepared,
  test: Split,
  predictions: readonly Prediction[],
  { threads, signal, report }: Going & { threads: number },
) {
  const rows = predictions.length;
  const size = test.x.length / test.rows;
  const labels = predictions.map((prediction) => ('label' in prediction ? prediction.label : undefined));
  const phase = 'integrating gradients';
  try {
    const forward = forwardProgram(trained);
    const { attributions, completenessError } = await integratedGradients({
      forward,
      x: forward.examplesOf(Float32Array.from(test.x.subarray(0, rows * size))),
      rows,
      baseline: meanExample(await load('train'), forward.examplesOf),
      outputs: labels.map((label) => Math.max(0, shape.classes?.indexOf(label ?? '') ?? 0)),
      threads,
      signal,
      onProgress: (share) =>
        report({ kind: 'progress', progress: { step: Math.floor(share * 100), totalSteps: 100, phase } }),
    });
    const { columns, values } = sumByColumn(
      attributions,
      forward.features.map((feature) => fitted.features[feature]!),
      rows,
    );
    const at = (row: number, column: number): number => values[row * columns.length + column] ?? 0;
    const all = Array.from({ length: rows }, (_, row) => row);
    return {
      columns: columns.map((column, c) => ({
        column,
        meanAbsolute: all.reduce((sum, row) => sum + Math.abs(at(row, c)), 0) / rows,
      })),
      rows: all.map((row) => ({
        row,
        predicted: labels[row] ?? valueOf(predictions[row]),
        contributions: Object.fromEntries(columns.map((column, c) => [column, at(row, c)])),
      })),
      completenessError,
    };
  } catch (error) {
    if (!(error instanceof ExplainError) || error.code !== 'model') throw error;
    report({ kind: 'log', level: 'info', message: `No gradients: ${error.message}.` });
    return undefined;
  }
}

const valueOf = (prediction: Prediction | undefined): number | undefined =>
  prediction !== undefined && 'value' in prediction ? prediction.value : undefined;

/** The mean of each input over the split: "nothing special" in a network's own units. */
function meanExample({ x, rows }: Split, examplesOf: ForwardProgram['examplesOf']): Float32Array {
  const size = x.length / rows;
  let sums: Float64Array | undefined;
  for (let row = 0; row < rows; row++) {
    const example = examplesOf(Float32Array.from(x.subarray(row * size, (row + 1) * size)));
    sums ??= new Float64Array(example.length);
    for (const [i, value] of example.entries()) sums[i]! += value;
  }
  return Float32Array.from(sums ?? [], (sum) => sum / rows);
}
