import { describe, expect, test } from 'vitest';
import { createGraph } from '../create-graph.ts';
import { tensorData } from '../dtype.ts';
import { toOnnx } from '../onnx.ts';
import { add, gather, matmul, reduceSum } from '../operators.ts';
import { openSession } from './session.ts';
import { openThreadedSession } from './session-threaded.ts';

function model(): Uint8Array {
  const graph = createGraph();
  const x = graph.input('x', 'float32', ['N', 2]);
  const w = graph.parameter('w', [2, 2], () => new Float32Array(4));
  const y = matmul(x, w);
  const names = graph.constant(['no', 'ja'], [2], 'string');
  const at = graph.input('at', 'int64', ['N']);
  return toOnnx(graph, {
    inputs: [x, at],
    outputs: { y, total: reduceSum(add(y, 1)), word: gather(names, at) },
    initializers: new Map([['w', tensorData('float32', [2, 2], [1, 2, 3, 4])]]),
    metadata: { made: 'here' },
  });
}

const feeds = { x: tensorData('float32', [2, 2], [1, 0, 0, 1]), at: tensorData('int64', [2], [1, 0]) };

/** One suite for both: a session promises the same wherever it runs. */
describe.each([
  ['openSession', openSession],
  ['openThreadedSession', openThreadedSession],
])('%s', (_, open) => {
  test('tells its inputs and outputs and computes them for any batch', async () => {
    const session = await open(model(), { threads: 1 });
    expect(session.inputs).toEqual([
      { name: 'x', dtype: 'float32', shape: ['N', 2] },
      { name: 'at', dtype: 'int64', shape: ['N'] },
    ]);
    expect(session.outputs.map((output) => output.name)).toEqual(['y', 'total', 'word']);
    const results = await session.run(feeds);
    expect(results.y).toEqual(tensorData('float32', [2, 2], [1, 2, 3, 4]));
    expect(results.total).toEqual(tensorData('float32', [], [14]));
    expect(results.word).toEqual(tensorData('string', [2], ['ja', 'no']));
    const single = { x: tensorData('float32', [1, 2], [1, 1]), at: tensorData('int64', [1], [0]) };
    expect(await session.run(single, ['y'])).toEqual({ y: tensorData('float32', [1, 2], [4, 6]) });
    await session.close();
  });

  test('writes into given tensors', async () => {
    const session = await open(model(), { threads: 1 });
    const y = tensorData('float32', [2, 2], [0, 0, 0, 0]);
    await session.run(feeds, { y });
    expect([...(y.data as Float32Array)]).toEqual([1, 2, 3, 4]);
    await session.close();
  });

  test('answers many runs at once', async () => {
    const session = await open(model(), { threads: 1 });
    const runs = Array.from({ length: 20 }, (_, i) =>
      session.run({ ...feeds, x: tensorData('float32', [2, 2], [i, 0, 0, 0]) }),
    );
    expect((await Promise.all(runs)).map(({ y }) => Number(y?.data[1]))).toEqual(runs.map((_, i) => 2 * i));
    await session.close();
  });

  test('says what is wrong', async () => {
    await expect(open(new Uint8Array(9))).rejects.toMatchObject({ name: 'EngineError', code: 'runtime' });
    const session = await open(model(), { threads: 1 });
    await expect(session.run({ x: feeds.x })).rejects.toMatchObject({
      code: 'runtime',
      message: expect.stringContaining("'at' is missing"),
    });
    await expect(
      session.run({ ...feeds, x: tensorData('float32', [1, 3], [1, 2, 3]) }),
    ).rejects.toMatchObject({
      code: 'runtime',
      message: expect.stringContaining('dimensions'),
    });
    await session.close();
  });
});

test('a threaded session leaves its feeds to the caller, also views of a larger buffer', async () => {
  const session = await openThreadedSession(model(), { threads: 1 });
  const numbers = Float32Array.of(9, 9, 1, 0, 0, 1, 9);
  const x = { dtype: 'float32' as const, shape: [2, 2], data: numbers.subarray(2, 6) };
  expect((await session.run({ ...feeds, x }, ['y'])).y).toEqual(tensorData('float32', [2, 2], [1, 2, 3, 4]));
  expect([...numbers]).toEqual([9, 9, 1, 0, 0, 1, 9]);
  await session.close();
});

test('a threaded session refuses work once closed', async () => {
  const session = await openThreadedSession(model(), { threads: 1 });
  await session.close();
  await expect(session.run(feeds)).rejects.toMatchObject({
    code: 'runtime',
    message: 'the session is closed',
  });
});
