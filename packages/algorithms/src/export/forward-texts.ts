import { createGraph, slice, squeeze } from '@banyan/engine';
import { AlgorithmError, type TrainedModel } from '../algorithm.ts';
import { algorithmNamed } from '../catalogue/catalogue.ts';
import { specialOf } from '../catalogue/text.ts';
import { exampleSize } from '../fit/batches.ts';
import type { ForwardProgram } from './forward.ts';

/** A model of texts as something to differentiate by what its tokens stand for. */
export interface ForwardTexts extends Pick<ForwardProgram, 'graph' | 'input' | 'output' | 'parameters'> {
  /** Ids [rows, T] as this input takes them, [rows, T, D + 1]: a token's vector, and 1 if it is no filling. */
  examplesOf(ids: Int32Array): Float32Array;
  /** The same texts without a word said: [MASK] in the place of all that is not special. */
  silencedOf(ids: Int32Array): Float32Array;
  /** Sums over D + 1: what each token of [rows, T, D + 1] is credited with, [rows, T]. */
  byToken(attributions: Float32Array): Float32Array;
}

/**
 * The model as a graph from the vectors of tokens to class probabilities [N, C], for explanations: ids have no derivative,
 * and no path leads from one to another, but their vectors have both.
 *
 * @throws AlgorithmError 'export' for models that do not look at the tokens of a text
 */
export function forwardTexts({ algorithm, config, shape, tensors }: TrainedModel): ForwardTexts {
  const { tokens } = algorithmNamed(algorithm);
  const table = tokens && tensors.get(tokens.table);
  const [length] = shape.shape;
  if (tokens === undefined || table === undefined || length === undefined)
    throw new AlgorithmError(
      'export',
      `a ${algorithm} does not look at single tokens, so none can be credited`,
    );
  const width = table.shape[1]!;
  const graph = createGraph();
  const input = graph.input('x', 'float32', ['N', length, width + 1]);
  const shown = squeeze(slice(input, 2, width), 2);
  const { probabilities } = tokens.answer(config, shape, slice(input, 2, 0, width), shown);
  if (probabilities === undefined)
    throw new AlgorithmError(
      'export',
      `a ${algorithm} gives no probability that could be attributed to tokens`,
    );
  const { pad, cls, sep, mask } = specialOf(shape);
  const special = new Set([pad, cls, sep]);
  const step = exampleSize([width + 1]);

  function vectorsOf(ids: Int32Array, idOf: (id: number) => number): Float32Array {
    const x = new Float32Array(ids.length * step);
    for (const [place, id] of ids.entries()) {
      const row = idOf(id);
      x.set((table!.data as Float32Array).subarray(row * width, (row + 1) * width), place * step);
      x[place * step + width] = Number(id !== pad);
    }
    return x;
  }

  return {
    graph,
    input,
    output: probabilities,
    parameters: tensors,
    examplesOf: (ids) => vectorsOf(ids, (id) => id),
    silencedOf: (ids) => vectorsOf(ids, (id) => (special.has(id) ? id : mask)),
    byToken: (attributions) =>
      Float32Array.from({ length: attributions.length / step }, (_, place) =>
        attributions.subarray(place * step, (place + 1) * step).reduce((sum, part) => sum + part, 0),
      ),
  };
}
