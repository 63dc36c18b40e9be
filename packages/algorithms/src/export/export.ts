import {
  argMax,
  type ColumnProgram,
  createGraph,
  emitImagePreparation,
  emitPreparation,
  equal,
  type Graph,
  gather,
  rawColumns,
  type Tensor,
  toOnnx,
  where,
} from '@banyan/engine';
import { AlgorithmError, type DataShape, type PixelScale, type TrainedModel } from '../algorithm.ts';
import { algorithmNamed } from '../catalogue/catalogue.ts';
import { gptConfigOf } from '../catalogue/gpt.ts';
import { classesOf } from '../catalogue/supervised.ts';
import { specialOf } from '../catalogue/text.ts';
import { exampleType } from '../fit/batches.ts';
import { exportDecoder } from './decoder.ts';

/** How raw rows became examples: the parts of a fitted recipe that go into the model. */
export interface Preparation {
  columns: ColumnProgram[];
  window?: { length: number };
  image?: PixelScale;
}

/** Names that the model's outputs take. */
const outputNames = ['label', 'probabilities', 'value', 'reconstruction', 'latent'];

/**
 * The model as an ONNX file. With a preparation it takes raw rows: an input for each raw column (`rawColumns`), [N, 1] or
 * [N, T], numbers as float32 (missing: NaN) and the rest as strings (missing: ''), under the column's name or, where an
 * output or a weight has that, as `column.NAME`; or `image`, uint8 [N, ...shape]; or a text's `input_ids` and `attention_mask`, int64 [N, T]. Without one it takes prepared examples `x`.
 * Outputs by task: `probabilities` [N, C] and `label` [N]; `value` [N];
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
  const { inputs, output: x } = emitExamples(graph, model, preparation);
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
  { shape, tensors }: TrainedModel,
  preparation?: Preparation,
): { inputs: Tensor[]; output: Tensor } {
  if (preparation === undefined) {
    const x = graph.input('x', exampleType(shape), ['N', ...shape.shape]);
    return { inputs: [x], output: x };
  }
  if (shape.kind === 'text') return emitTexts(graph, shape);
  const { columns, window, image } = preparation;
  if (shape.kind === 'image') {
    const scale = image ?? shape.image;
    if (scale === undefined)
      throw new AlgorithmError('export', 'the preparation does not say how pixels are scaled');
    return emitImagePreparation(graph, shape.shape, scale);
  }
  const nameOf = inputNames(rawColumns(columns), [...outputNames, ...tensors.keys()]);
  return emitPreparation(graph, columns, { batch: 'N', nameOf, ...(window && { window: window.length }) });
}

/** Token ids and which of them are text (1) or filling (0), as Hugging Face's tokenizers give them: int64 [N, T]. */
function emitTexts(graph: Graph, shape: DataShape): { inputs: Tensor[]; output: Tensor } {
  const ids = graph.input('input_ids', 'int64', ['N', 'sequence_length']);
  const mask = graph.input('attention_mask', 'int64', ['N', 'sequence_length']);
  return { inputs: [ids, mask], output: where(equal(mask, 1), ids, specialOf(shape).pad) };
}

/** A name in the graph for each column: its own, or one that nothing else has. */
function inputNames(
  columns: readonly { name: string }[],
  reserved: readonly string[],
): (column: string) => string {
  const taken = new Set(['', ...reserved]);
  const own = new Set(columns.map(({ name }) => name));
  return (column) => {
    let name = column;
    while (taken.has(name) || (name !== column && own.has(name))) name = `column.${name}`;
    return name;
  };
}

/** The most probable class by its label: [N, C] to strings [N]. */
const labelOf = (shape: DataShape, probabilities: Tensor): Tensor => {
  const labels = classesOf(shape);
  return gather(probabilities.graph.constant(labels, [labels.length], 'string'), argMax(probabilities));
};
