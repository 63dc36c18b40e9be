import { createGraph, openSession, type TensorData, tensorData, toOnnx } from '@banyan/engine';
import { expect, test } from 'vitest';
import type { DataShape } from '../algorithm.ts';
import { embedCategories, embedShares, relaxExamples, relaxedFeatures, relaxedShape } from './categories.ts';

const shape: DataShape = {
  kind: 'sequence',
  task: 'forecast',
  shape: [2, 4],
  lastKnown: { feature: 2, scale: 1, shift: 0 },
  categories: [
    { feature: 1, size: 2, scale: 1, shift: 0 },
    // The recipe has made 3, 5, 7 of the indices.
    { feature: 3, size: 3, scale: 0.5, shift: -1.5 },
  ],
};
// Known categories, unseen ones (-1, which is 1 when scaled so), and an index beyond the table (3).
const x = Float32Array.of(9, 0, 8, 3, 7, 1, 6, 7, 5, -1, 4, 1, 3, 3, 2, 5);
const tables = {
  'categories.1': tensorData('float32', [3, 2], [0, 0, 10, -10, 20, -20]),
  'categories.3': tensorData('float32', [4, 2], [0, 0, 1, -1, 2, -2, 3, -3]),
};
const expected = [
  [9, 10, -10, 8, 1, -1],
  [7, 20, -20, 6, 3, -3],
  [5, 0, 0, 4, 0, 0],
  [3, 20, -20, 2, 2, -2],
].flat();

async function embed(
  form: typeof embedCategories,
  example: readonly number[],
  data: Float32Array,
): Promise<TensorData> {
  const graph = createGraph();
  const input = graph.input('x', 'float32', ['N', ...example]);
  const outputs = { y: form(shape, 2, input) };
  const session = await openSession(toOnnx(graph, { inputs: [input], outputs }), { threads: 1 });
  const results = await session.run({
    x: { dtype: 'float32', shape: [2, ...example], data },
    ...tables,
  });
  await session.close();
  return results.y!;
}

test('every category becomes its row, an unseen one row 0, between the numbers beside it', async () => {
  const y = await embed(embedCategories, shape.shape, x);
  expect(y.shape).toEqual([2, 2, 6]);
  expect([...(y.data as Float32Array)]).toEqual(expected);
});

test('relaxed examples are embedded alike, and half of each of two categories is the middle of their rows', async () => {
  const relaxed = relaxedShape(shape);
  expect(relaxed.shape).toEqual([2, 9]);
  expect(relaxed.lastKnown?.feature).toBe(4);
  expect(relaxedFeatures(shape)).toEqual([0, 1, 1, 1, 2, 3, 3, 3, 3]);
  const examples = relaxExamples(shape, x);
  expect([...(await embed(embedShares, relaxed.shape, examples)).data]).toEqual(expected);
  const [first, second] = [examples.subarray(0, 9), examples.subarray(9, 18)];
  const between = examples.slice();
  between.set(first.map((value, i) => (value + second[i]!) / 2));
  const middle = (await embed(embedShares, relaxed.shape, between)).data as Float32Array;
  expect([...middle.subarray(0, 6)]).toEqual([8, 15, -15, 7, 2, -2]);
});
