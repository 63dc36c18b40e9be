import { createGraph } from '../create-graph.ts';
import { kaiming, zeros } from '../initializers.ts';
import { linear } from '../layers/dense.ts';
import { argMax, cast, equal, reduceMean, relu, softmaxCrossEntropy } from '../operators.ts';
import type { Random } from '../random.ts';
import type { Program } from './program.ts';
import type { Trainer } from './trainer.ts';

/** A small classifier, the same every time, for the tests of training. */
export function tinyProgram(): Program {
  const graph = createGraph();
  const x = graph.input('x', 'float32', [16, 5]);
  const y = graph.input('y', 'int32', [16]);
  const hidden = relu(linear(x, graph.parameter('w1', [5, 33], kaiming), graph.parameter('b1', [33], zeros)));
  const logits = linear(hidden, graph.parameter('w2', [33, 3], kaiming), graph.parameter('b2', [3], zeros));
  const hit = cast(equal(argMax(logits), cast(y, 'int64')), 'float32');
  return {
    graph,
    inputs: [x, y],
    loss: softmaxCrossEntropy(logits, y),
    measures: { accuracy: reduceMean(hit) },
  };
}

/** Steps on points labelled by the largest of their first three coordinates; returns the losses. */
export async function trainTiny(trainer: Trainer, random: Random, steps: number): Promise<number[]> {
  const losses: number[] = [];
  for (let step = 0; step < steps; step++) {
    const x = Float32Array.from({ length: 80 }, () => random.normal());
    const y = Int32Array.from({ length: 16 }, (_, row) => {
      const scores = x.subarray(row * 5, row * 5 + 3);
      return scores.indexOf(Math.max(...scores));
    });
    losses.push((await trainer.step({ x, y })).loss);
  }
  return losses;
}
