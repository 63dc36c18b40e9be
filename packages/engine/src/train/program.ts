import type { Graph, Tensor } from '../tensor.ts';

/** What to train: a graph with named inputs, a scalar loss, and scalar measures to log beside it. */
export interface Program {
  graph: Graph;
  inputs: readonly Tensor[];
  loss: Tensor;
  measures: Readonly<Record<string, Tensor>>;
  /**
   * How much a batch counts beside the others of a step of several: what its loss is a mean over, as the number of
   * labels that are not ignored; float32 scalar. Without it all batches count alike.
   */
  weight?: Tensor;
}
