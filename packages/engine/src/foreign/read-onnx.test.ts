import { expect, test } from 'vitest';
import { gradients } from '../backward.ts';
import { tensorData } from '../dtype.ts';
import { toOnnx } from '../onnx.ts';
import { reduceSum } from '../operators.ts';
import { type Feeds, openSession } from '../runtime/session.ts';
import type { Shape, Tensor, TensorData, TensorType } from '../tensor.ts';
import { fileOf, graphOf, nodeOf } from './file.ts';
import { type ForeignModel, readOnnx } from './read-onnx.ts';

const float = (...shape: Shape): TensorType => ({ dtype: 'float32', shape });
const ints = (...values: number[]) => tensorData('int64', [values.length], values);
const count = (...shape: number[]): TensorData =>
  tensorData(
    'float32',
    shape,
    Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => i / 7 - 1),
  );
const of = (dtype: TensorType['dtype'], ...shape: Shape): TensorType => ({ dtype, shape });

async function run(bytes: Uint8Array, feeds: Feeds): Promise<Record<string, TensorData>> {
  const session = await openSession(bytes, { threads: 1, optimization: 'disabled' });
  const results = await session.run(feeds);
  await session.close();
  return results;
}

const write = ({ graph, inputs, outputs, parameters }: ForeignModel): Uint8Array =>
  toOnnx(graph, { inputs, outputs, initializers: parameters });

/** Flattens all but the first axis with a shape computed at run time, as exporters write it. */
const flattening = {
  initializers: { first: ints(0), rest: ints(-1), w: count(12, 2) },
  nodes: [
    nodeOf('Shape', ['x'], ['s']),
    nodeOf('Gather', ['s', 'first'], ['n']),
    nodeOf('Concat', ['n', 'rest'], ['to'], { ints: { axis: 0 } }),
    nodeOf('Reshape', ['x', 'to'], ['flat']),
    nodeOf('MatMul', ['flat', 'w'], ['y']),
  ],
  outputs: ['y'],
};

test('shapes computed at run time are settled by fixed shapes of the inputs', async () => {
  const bytes = fileOf({ ...flattening, inputs: { x: float('N', 3, 4) } });
  const model = await readOnnx(bytes, { shapes: { x: [5, 3, 4] } });
  expect(model.graph.nodes.map(({ type }) => type)).toEqual(['Reshape', 'MatMul']);
  expect(model.outputs.y?.shape).toEqual([5, 2]);
  const feeds = { x: count(5, 3, 4) };
  expect(await run(write(model), feeds)).toEqual(await run(bytes, feeds));
});

test('sizes that stay open keep their names through shapes computed at run time, and derivatives too', async () => {
  const bytes = fileOf({ ...flattening, inputs: { x: float('N', 3, 4) } });
  const model = await readOnnx(bytes);
  expect(model.opaque).toEqual([]);
  expect(model.outputs.y?.shape).toEqual(['N', 2]);
  const [dw] = gradients(reduceSum(model.outputs.y as Tensor), model.graph.parameters);
  expect(dw?.shape).toEqual([12, 2]);
  for (const n of [1, 5]) {
    const feeds = { x: count(n, 3, 4) };
    expect(await run(write(model), feeds)).toEqual(await run(bytes, feeds));
  }
});

test('a name of a size is fixed for all inputs that have it', async () => {
  const bytes = fileOf({
    inputs: { a: float('N', 3), b: float('N', 3) },
    nodes: [nodeOf('Add', ['a', 'b'], ['y'])],
    outputs: ['y'],
  });
  const model = await readOnnx(bytes, { shapes: { a: [4, 3] } });
  expect(model.inputs.map(({ shape }) => shape)).toEqual([
    [4, 3],
    [4, 3],
  ]);
  await expect(readOnnx(bytes, { shapes: { a: [4, 3], b: [5, 3] } })).rejects.toMatchObject({
    code: 'shape',
    message: expect.stringContaining('b is [N, 3]'),
  });
  await expect(readOnnx(bytes, { shapes: { c: [4, 3] } })).rejects.toThrow('no input c; it has a, b');
  await expect(readOnnx(bytes, { values: { a: true } })).rejects.toMatchObject({ code: 'shape' });
});

const branches = {
  then_branch: graphOf({
    nodes: [nodeOf('Mul', ['h', 'two'], ['t'])],
    initializers: { two: count(1) },
    outputs: ['t'],
  }),
  else_branch: graphOf({
    nodes: [nodeOf('Neg', ['h'], ['inner']), nodeOf('Exp', ['inner'], ['e'])],
    outputs: ['e'],
  }),
};
const branching = {
  inputs: { x: float(2, 3), rate: of('int64') },
  initializers: { known: ints(8000), w: count(3, 3) },
  nodes: [
    nodeOf('MatMul', ['x', 'w'], ['h']),
    nodeOf('Equal', ['rate', 'known'], ['is low']),
    nodeOf('Squeeze', ['is low'], ['c']),
    nodeOf('If', ['c'], ['y'], { name: 'choose', graphs: branches }),
  ],
  outputs: ['y'],
};

test('an If whose condition is settled gives way to its branch', async () => {
  const bytes = fileOf(branching);
  for (const rate of [8000n, 16_000n]) {
    const model = await readOnnx(bytes, { values: { rate } });
    expect(model.opaque).toEqual([]);
    expect(model.inputs.map(({ name }) => name)).toEqual(['x']);
    const feeds = { x: count(2, 3) };
    const wanted = await run(bytes, { ...feeds, rate: tensorData('int64', [], [Number(rate)]) });
    expect(await run(write(model), feeds)).toEqual(wanted);
    gradients(reduceSum(model.outputs.y as Tensor), model.graph.parameters);
  }
});

test('an If that is open stays as it stands, with what its branches take from around', async () => {
  const bytes = fileOf(branching);
  const model = await readOnnx(bytes);
  expect(model.opaque.map(({ operator, node }) => [operator, node])).toEqual([['If', 'choose']]);
  for (const rate of [8000, 16_000]) {
    const feeds = { x: count(2, 3), rate: tensorData('int64', [], [rate]) };
    expect(await run(write(model), feeds)).toEqual(await run(bytes, feeds));
  }
});

test('a Loop, and names within it that are also ours, stay as they stand', async () => {
  const body = graphOf({
    inputs: { i: of('int64'), go: of('bool'), sum: float(2) },
    nodes: [nodeOf('Add', ['sum', 'x'], ['Add_0']), nodeOf('Identity', ['go'], ['on'])],
    outputs: ['on', 'Add_0'],
  });
  const bytes = fileOf({
    inputs: { x: float(2) },
    initializers: { times: tensorData('int64', [], [3]), yes: tensorData('bool', [], [1]) },
    nodes: [
      nodeOf('Add', ['x', 'x'], ['start']),
      nodeOf('Loop', ['times', 'yes', 'start'], ['y'], { graphs: { body } }),
    ],
    outputs: ['y'],
    declared: { y: float(2) },
  });
  const model = await readOnnx(bytes);
  expect((await run(write(model), { x: count(2) })).y).toEqual((await run(bytes, { x: count(2) })).y);
  expect(model.opaque.map(({ operator }) => operator)).toEqual(['Loop']);
});

test('where a derivative is missing the error says which operator, which node, and where on the path', async () => {
  const bytes = fileOf({
    inputs: { x: float(2, 3) },
    initializers: { w: count(3, 3), v: count(3, 2) },
    nodes: [
      nodeOf('MatMul', ['x', 'w'], ['h']),
      nodeOf('Hardmax', ['h'], ['best'], { name: '/head/pick', ints: { axis: -1 } }),
      nodeOf('MatMul', ['best', 'v'], ['y']),
    ],
    outputs: ['y'],
  });
  const { graph, outputs, parameters } = await readOnnx(bytes);
  const loss = reduceSum(outputs.y as Tensor);
  const [w, v] = graph.parameters as readonly Tensor[] as [Tensor, Tensor];
  expect([...parameters.keys()]).toEqual(['w', 'v']);
  expect(gradients(loss, [v])[0]?.shape).toEqual([3, 2]);
  expect(() => gradients(loss, [w])).toThrowError(
    expect.objectContaining({
      code: 'not-differentiable',
      operator: 'Hardmax',
      node: '/head/pick',
      message: expect.stringMatching(/w -> MatMul_0 -> \[\/head\/pick\] -> MatMul_2 -> ReduceSum_3/),
    }),
  );
});

test('every element type is read and written again', async () => {
  const numbers = {
    float32: [1.5],
    float64: [-2.5],
    float16: [0.5],
    int8: [-3],
    int16: [-300],
    int32: [-70_000],
    int64: [5],
    uint8: [200],
    uint16: [60_000],
    uint32: [4e9],
    uint64: [7],
    bool: [1],
  } as const;
  const kept = Object.entries(numbers).map(([dtype, values]) => tensorData(dtype as 'float32', [1], values));
  const bytes = fileOf({
    opset: 21,
    inputs: { x: float(1) },
    initializers: Object.fromEntries(
      [...kept, tensorData('string', [1], ['ä'])].map((value) => [value.dtype, value]),
    ),
    nodes: [...Object.keys(numbers), 'string'].map((dtype) => nodeOf('Identity', [dtype], [`y ${dtype}`])),
    outputs: [...Object.keys(numbers), 'string'].map((dtype) => `y ${dtype}`),
  });
  expect(await run(write(await readOnnx(bytes)), { x: count(1) })).toEqual(await run(bytes, { x: count(1) }));
});

test('outputs in between may be asked for, and what they do not need is left out', async () => {
  const bytes = fileOf({ ...flattening, inputs: { x: float(2, 3, 4) } });
  const model = await readOnnx(bytes, { outputs: ['flat'] });
  expect(model.parameters.size).toBe(0);
  expect((await run(write(model), { x: count(2, 3, 4) })).flat?.shape).toEqual([2, 12]);
  await expect(readOnnx(bytes, { outputs: ['nothing'] })).rejects.toMatchObject({ code: 'format' });
});
