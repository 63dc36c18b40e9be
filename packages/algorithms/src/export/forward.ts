import { createGraph, type Graph, type Tensor, unsqueeze } from '@banyan/engine';
import { AlgorithmError, type Tensors, type TrainedModel } from '../algorithm.ts';
import { algorithmNamed } from '../catalogue/catalogue.ts';
import { relaxExamples, relaxedFeatures, relaxedShape } from '../catalogue/categories.ts';

/** A model as something to differentiate by its input. */
export interface ForwardProgram {
  graph: Graph;
  /** Examples [N, ..., F'], or a fixed number of images. */
  input: Tensor;
  /** [N, O]: class probabilities, or the value in raw units (O = 1). */
  output: Tensor;
  parameters: Tensors;
  /** Prepared examples [rows, ..., F] as this input takes them, [rows, ..., F']. */
  examplesOf: (x: Float32Array) => Float32Array;
  /** For each of the F' features of the input the prepared feature it stands for. */
  features: number[];
}

/** Images at a time: the derivative of a pool needs to know how many there are. */
const IMAGES_AT_A_TIME = 32;

/**
 * The model as a graph from examples to one output, for explanations that differentiate it. The index of a category has
 * no derivative where a network looks up a learned row by it: there the input holds a share of each row in its place,
 * so that a path between two examples mixes their rows, and what the shares are credited with adds up to the category.
 *
 * @throws AlgorithmError 'export' for models that answer with text or images
 */
export function forwardProgram({ algorithm, config, shape, tensors }: TrainedModel): ForwardProgram {
  const from = algorithmNamed(algorithm);
  const relaxed = shape.categories !== undefined && from.answerRelaxed !== undefined;
  const graph = createGraph();
  const rows = shape.kind === 'image' ? IMAGES_AT_A_TIME : 'N';
  const input = graph.input('x', 'float32', [rows, ...(relaxed ? relaxedShape(shape) : shape).shape]);
  const { probabilities, value }: Record<string, Tensor> =
    (relaxed && from.answerRelaxed?.(config, shape, input)) || from.answer(config, shape, input);
  const output = probabilities ?? (value && unsqueeze(value, 1));
  if (output === undefined)
    throw new AlgorithmError(
      'export',
      `a ${algorithm} gives no probability or value that could be attributed to its inputs`,
    );
  return {
    graph,
    input,
    output,
    parameters: tensors,
    examplesOf: (x) => (relaxed ? relaxExamples(shape, x) : x),
    features: relaxed ? relaxedFeatures(shape) : Array.from({ length: shape.shape.at(-1) ?? 0 }, (_, i) => i),
  };
}
