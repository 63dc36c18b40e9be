import {
  add,
  argMax,
  cast,
  createGraph,
  equal,
  gather,
  meanSquaredError,
  mul,
  type Program,
  reduceMean,
  reduceSum,
  softmax,
  softmaxCrossEntropy,
  squeeze,
  type Tensor,
} from '@banyan/engine';
import {
  AlgorithmError,
  type Baseline,
  type DataShape,
  type Feeds,
  type Split,
  type Task,
} from '../algorithm.ts';
import { exampleType, gatherExamples, targetsOf } from '../fit/batches.ts';

/** What the two supervised tasks share. A network ends in `head` [N, O]: logits, or the standardised target. */

export const classesOf = (shape: DataShape): string[] => {
  if (shape.classes === undefined)
    throw new AlgorithmError('data', 'classification needs the list of classes');
  return shape.classes;
};

export const headWidth = (shape: DataShape): number =>
  shape.task === 'classification' ? classesOf(shape).length : 1;

/** The answer that needs no input. */
export const simplestFor = (task: Task): Baseline => ({
  name: task === 'classification' ? 'majority' : task === 'forecast' ? 'persistence' : 'mean',
});

export const targetScale = (shape: DataShape): { mean: number; std: number } =>
  shape.target ?? { mean: 0, std: 1 };

/**
 * Classification: cross-entropy -log softmax(head)_y, of smoothed labels if asked. Regression and forecast: the squared
 * error of the standardised target. Both are means over the batch, weighted by class if the data say so.
 *
 * @throws AlgorithmError 'data' for smoothed labels of weighted classes
 */
export function supervisedProgram(
  shape: DataShape,
  rows: number,
  head: (x: Tensor) => Tensor,
  { labelSmoothing = 0 }: { labelSmoothing?: number } = {},
): Program {
  if (shape.classWeights !== undefined && labelSmoothing > 0)
    throw new AlgorithmError(
      'data',
      'the recipe weights the classes, and labels of weighted classes cannot be smoothed: set labelSmoothing to 0',
    );
  const graph = createGraph();
  const x = graph.input('x', exampleType(shape), [rows, ...shape.shape]);
  if (shape.task === 'classification') {
    const y = graph.input('y', 'int32', [rows]);
    const logits = head(x);
    const hit = cast(equal(cast(argMax(logits), 'int32'), y), 'float32');
    const weights = shape.classWeights && graph.constant(shape.classWeights);
    return {
      graph,
      inputs: [...graph.inputs],
      loss: softmaxCrossEntropy(logits, y, { smoothing: labelSmoothing, ...(weights && { weights }) }),
      measures: { accuracy: reduceMean(hit) },
      // Parts of a batch count by their rows' weights, or the whole batch would be another.
      ...(weights && { weight: reduceSum(gather(weights, y)) }),
    };
  }
  const y = graph.input('y', 'float32', [rows]);
  const loss = meanSquaredError(squeeze(head(x), 1), y);
  return { graph, inputs: [...graph.inputs], loss, measures: {} };
}

export function supervisedFeeds(shape: DataShape, split: Split, rows: Uint32Array): Feeds {
  const targets = targetsOf(split);
  const x = gatherExamples(shape, split, rows);
  if (shape.task === 'classification') return { x, y: Int32Array.from(rows, (row) => targets[row]!) };
  const { mean, std } = targetScale(shape);
  return { x, y: Float32Array.from(rows, (row) => (targets[row]! - mean) / std) };
}

/** `probabilities` [N, C] = softmax(head), or `value` [N] = head * std + mean. */
export function supervisedAnswer(shape: DataShape, head: Tensor): Record<string, Tensor> {
  if (shape.task === 'classification') return { probabilities: softmax(head) };
  const { mean, std } = targetScale(shape);
  return { value: add(mul(squeeze(head, 1), std), mean) };
}
