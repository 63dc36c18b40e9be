import { expect, test } from 'vitest';
import { createGraph } from '../create-graph.ts';
import { tensorData } from '../dtype.ts';
import { toOnnx } from '../onnx.ts';
import { openSession } from '../runtime/session.ts';
import type { TensorData } from '../tensor.ts';
import type { ColumnProgram } from './column-step.ts';
import { emitImagePreparation, emitPreparation } from './preparation.ts';

async function prepare(
  emit: (graph: ReturnType<typeof createGraph>) => ReturnType<typeof emitPreparation>,
  feeds: Record<string, TensorData>,
): Promise<TensorData> {
  const graph = createGraph();
  const { inputs, output } = emit(graph);
  const session = await openSession(toOnnx(graph, { inputs, outputs: { x: output } }), { threads: 1 });
  const { x } = await session.run(feeds);
  await session.close();
  return x as TensorData;
}

const size: ColumnProgram = {
  name: 'size',
  input: 'number',
  steps: [
    { op: 'impute', value: 3 },
    { op: 'clip', low: 0, high: 10 },
    { op: 'affine', scale: 2, shift: -1 },
  ],
  width: 1,
};
const categories = ['A', 'Größe', ''];

test('rows of numbers and strings become features, whatever is missing or unseen', async () => {
  const columns: ColumnProgram[] = [
    size,
    { name: 'mass', input: 'number', steps: [{ op: 'log1p' }], width: 1 },
    {
      name: 'island',
      input: 'string',
      steps: [
        { op: 'impute', value: 'A' },
        { op: 'one-hot', categories },
      ],
      width: 3,
    },
    { name: 'sex', input: 'string', steps: [{ op: 'ordinal', categories }], width: 1 },
  ];
  const x = await prepare((graph) => emitPreparation(graph, columns, { batch: 'N' }), {
    size: tensorData('float32', [4, 1], [1, Number.NaN, 99, -99]),
    mass: tensorData('float32', [4, 1], [0, Math.E - 1, Number.NaN, 7]),
    island: tensorData('string', [4, 1], ['Größe', '', 'unseen', 'A']),
    sex: tensorData('string', [4, 1], ['A', 'Größe', '', 'unseen']),
  });
  expect(x.shape).toEqual([4, 6]);
  const rows = [
    [1, 0, 0, 1, 0, 0],
    [5, 1, 1, 0, 0, 1],
    [19, Number.NaN, 0, 0, 0, 2],
    [-1, Math.log(8), 1, 0, 0, -1],
  ];
  for (const [at, value] of rows.flat().entries())
    expect(x.data[at], `feature ${at}`).toEqual(Number.isNaN(value) ? value : expect.closeTo(value, 5));
});

test('windows of a series keep their time axis', async () => {
  const weather: ColumnProgram = {
    name: 'weather',
    input: 'string',
    steps: [{ op: 'one-hot', categories: ['rain', 'sun'] }],
    width: 2,
  };
  const x = await prepare((graph) => emitPreparation(graph, [size, weather], { batch: 'N', window: 3 }), {
    size: tensorData('float32', [2, 3], [1, 2, Number.NaN, 4, 5, 6]),
    weather: tensorData('string', [2, 3], ['sun', 'rain', '', 'rain', 'rain', 'sun']),
  });
  expect(x.shape).toEqual([2, 3, 3]);
  expect([...(x.data as Float32Array)]).toEqual([1, 0, 1, 3, 1, 0, 5, 0, 0, 7, 1, 0, 9, 1, 0, 11, 0, 1]);
});

test('images come as bytes', async () => {
  const x = await prepare((graph) => emitImagePreparation(graph, [2, 2], { scale: 1 / 255, shift: -0.5 }), {
    image: tensorData('uint8', [1, 2, 2], [0, 51, 255, 102]),
  });
  const values = [-0.5, -0.3, 0.5, -0.1];
  for (const [at, value] of values.entries()) expect(Number(x.data[at])).toBeCloseTo(value, 6);
});

const emit = (column: ColumnProgram) => () => emitPreparation(createGraph(), [column], { batch: 'N' });

test('a program that cannot work is refused with the name of its column', () => {
  expect(emit({ name: 'sex', input: 'string', steps: [{ op: 'log1p' }], width: 1 })).toThrow(
    'column sex: log1p takes float32, not string',
  );
  expect(emit({ name: 'sex', input: 'string', steps: [], width: 1 })).toThrow(
    'column sex ends as strings: encode it',
  );
  expect(emit({ ...size, width: 2 })).toThrow('column size gives 1 features, not 2');
});
