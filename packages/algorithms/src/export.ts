import {
  argMax,
  type ColumnProgram,
  createGraph,
  emitImagePreparation,
  emitPreparation,
  type Graph,
  gather,
  type Tensor,
  toOnnx,
  unsqueeze,
} from '@banyan/engine';
import {
  AlgorithmError,
  type DataShape,
  type PixelScale,
  type Tensors,
  type TrainedModel,
} from './algorithm.ts';
import { algorithmNamed } from './catalogue.ts';
import { exportDecoder } from './decoder.ts';
import { gptConfigOf } from './gpt.ts';
import { classesOf } from './supervised.ts';

/** How raw rows became examples: the parts of a fitted recipe that go into the model. */
export interface Preparation {
  columns: ColumnProgram[];
  window?: { length: number };
  image?: PixelScale;
}

/** Names that the model's outputs take. A column of such a name is fed as `column.NAME`. */
const outputNames = new Set(['label', 'probabilities', 'value', 'reconstruction', 'latent']);

/**
 * The model as an ONNX file. With a preparation it takes raw rows: an input for each column under its name, [N, 1] or
 * [N, T], numbers as float32 (missing: NaN) and the rest as strings (missing: ''), or `image`, uint8 [N, ...shape];
 * without one, prepared examples `x`. Outputs by task: `probabilities` [N, C] and `label` [N]; `value` [N];
 * `reconstruction` [N, ...shape] and `latent` [N, Z]. A gpt comes in Hugging Face's decoder layout.
 *
 * @throws AlgorithmError 'export' for n-grams, which have no such layout
 */
export function exportModel(model: TrainedModel, preparation?: Preparation): Uint8Array {
  const { algorithm, config, shape, tensors } = model;
  if (shape.task === 'generation') {
    if (algorithm === 'gpt') return exportDecoder(gptConfigOf(model), shape, tensors);
    throw new AlgorithmError(
      'export',
      `a ${algorithm} is a table to compare with, and is not exported; export a gpt`,
    );
  }
  const graph = createGraph();
  const { inputs, output: x } = emitExamples(graph, shape, preparation);
  const answers = algorithmNamed(algorithm).answer(config, shape, x);
  const outputs =
    answers.probabilities === undefined
      ? answers
      : { ...answers, label: labelOf(shape, answers.probabilities) };
  return toOnnx(graph, {
    inputs,
    outputs,
    initializers: tensors,
    metadata: { algorithm, task: shape.task, kind: shape.kind },
  });
}

function emitExamples(
  graph: Graph,
  shape: DataShape,
  preparation?: Preparation,
): { inputs: Tensor[]; output: Tensor } {
  if (preparation === undefined) {
    const x = graph.input('x', 'float32', ['N', ...shape.shape]);
    return { inputs: [x], output: x };
  }
  const { columns, window, image } = preparation;
  if (shape.kind === 'image') {
    const scale = image ?? shape.image;
    if (scale === undefined)
      throw new AlgorithmError('export', 'the preparation does not say how pixels are scaled');
    return emitImagePreparation(graph, shape.shape, scale);
  }
  const named = columns.map((column) =>
    outputNames.has(column.name) ? { ...column, name: `column.${column.name}` } : column,
  );
  return emitPreparation(graph, named, { batch: 'N', ...(window && { window: window.length }) });
}

/** The most probable class by its label: [N, C] to strings [N]. */
const labelOf = (shape: DataShape, probabilities: Tensor): Tensor => {
  const labels = classesOf(shape);
  return gather(probabilities.graph.constant(labels, [labels.length], 'string'), argMax(probabilities));
};

/**
 * The model as a graph from prepared examples to one output [N, O], for explanations that differentiate it: class
 * probabilities, or the value in raw units (O = 1).
 *
 * @throws AlgorithmError 'export' for models that answer with text or images
 */
export function forwardProgram({ algorithm, config, shape, tensors }: TrainedModel): {
  graph: Graph;
  input: Tensor;
  output: Tensor;
  parameters: Tensors;
} {
  const graph = createGraph();
  const input = graph.input('x', 'float32', ['N', ...shape.shape]);
  const { probabilities, value } = algorithmNamed(algorithm).answer(config, shape, input);
  const output = probabilities ?? (value && unsqueeze(value, 1));
  if (output === undefined)
    throw new AlgorithmError(
      'export',
      `a ${algorithm} gives no probability or value that could be attributed to its inputs`,
    );
  return { graph, input, output, parameters: tensors };
}
