import { expect, test } from 'vitest';
import { createGraph } from '../create-graph.ts';
import { fill } from '../initializers.ts';
import { reduceSum, softmaxCrossEntropy } from '../operators.ts';
import { createTrainer } from '../train/trainer.ts';
import { mixedObjective, square } from './losses.ts';

test('a mixed objective is the weighted sum, and reports each loss', async () => {
  const graph = createGraph();
  const w = graph.parameter('w', [2], fill(3));
  const { loss, measures } = mixedObjective({
    distance: { loss: reduceSum(square(w)) },
    size: { loss: reduceSum(w), weight: 0.5 },
  });
  const trainer = await createTrainer(
    { graph, inputs: [], loss, measures },
    { optimizer: { kind: 'sgd', learningRate: 1 }, seed: 0 },
  );
  expect(await trainer.step({})).toMatchObject({ loss: 18 + 3, measures: { distance: 18, size: 6 } });
  // dL/dw = 2 w + 0.5.
  expect(trainer.parameters().get('w')?.data).toEqual(Float32Array.of(-3.5, -3.5));
  await trainer.close();
  expect(() => mixedObjective({})).toThrow('an objective needs a loss');
});

test('smoothing has its limits', () => {
  const graph = createGraph();
  const [z, y] = [graph.input('z', 'float32', [2, 3]), graph.input('y', 'int32', [2])];
  expect(() => softmaxCrossEntropy(z, y, { smoothing: 1 })).toThrow('smoothing must lie in [0, 1), not 1');
  const weights = graph.constant([1, 2, 3]);
  expect(() => softmaxCrossEntropy(z, y, { smoothing: 0.1, weights })).toThrow('cannot be smoothed');
});
