import { describe, expect, test } from 'vitest';
import { gradients } from './backward.ts';
import { createGraph } from './create-graph.ts';
import { tensorData } from './dtype.ts';
import { fill } from './initializers.ts';
import { attention } from './layers/attention.ts';
import { embedding, linear } from './layers/dense.ts';
import { meanSquaredError } from './layers/losses.ts';
import { toOnnx } from './onnx.ts';
import {
  add,
  argMax,
  cast,
  concat,
  expandAs,
  floor,
  gather,
  layerNormalization,
  lessOrEqual,
  matmul,
  mul,
  range,
  reduceMean,
  reduceSum,
  reshape,
  shapeOf,
  slice,
  softmaxCrossEntropy,
  tanh,
  transpose,
  unsqueeze,
  where,
} from './operators.ts';
import { openSession } from './runtime/session.ts';
import type { Tensor, TensorData } from './tensor.ts';

async function run(outputs: Record<string, Tensor>, feeds: Record<string, TensorData>, threads = 1) {
  const { graph } = Object.values(outputs)[0] as Tensor;
  const session = await openSession(toOnnx(graph, { inputs: graph.inputs, outputs }), { threads });
  const results = await session.run(feeds);
  await session.close();
  return results;
}

const floatsOf = (value: TensorData | undefined): Float32Array => value?.data as Float32Array;

describe('shapes', () => {
  const graph = createGraph();
  const x = graph.input('x', 'float32', ['N', 4, 6]);

  test.each<[string, () => Tensor, readonly (number | string)[]]>([
    ['a kept symbol', () => reshape(x, ['N', 24]), ['N', 24]],
    ['a symbol in the rest', () => reshape(x, [-1, 6]), ['N * 4', 6]],
    ['the rest beside a symbol', () => reshape(x, ['N', 2, -1]), ['N', 2, 12]],
    ['broadcasting over a symbol', () => add(x, graph.constant([1, 2, 3, 4, 5, 6])), ['N', 4, 6]],
    ['a product', () => matmul(x, graph.constant(new Float32Array(12), [6, 2])), ['N', 4, 2]],
    [
      'concatenation of symbols',
      () => concat([x, graph.input('p', 'float32', ['P', 4, 6]), x], 0),
      ['N + P + N', 4, 6],
    ],
    ['a slice to the end of a symbol', () => slice(x, 0, -1), [1, 4, 6]],
    ['a gather', () => gather(x, graph.constant(Int32Array.of(0, 1, 1)), 1), ['N', 3, 6]],
  ])('%s', (_, build, shape) => expect(build().shape).toEqual(shape));

  test.each<[string, () => unknown, RegExp]>([
    [
      'broadcast',
      () => add(x, graph.constant([1, 2])),
      /^Add \(node Add_\d+\): \[N, 4, 6\] and \[2\] do not broadcast: 6 against 2/,
    ],
    [
      'product',
      () => matmul(x, x),
      /^MatMul \(node MatMul_\d+\): .*inner dimensions 6 and 4\. Inputs: x float32\[N, 4, 6\], x float32/,
    ],
    ['reshape', () => reshape(x, ['N', 25]), /\[N, 4, 6\] does not reshape to \[N, 25\]/],
    ['axis', () => reduceSum(x, 3), /axis 3 does not exist in rank 3/],
    [
      'element types',
      () => add(x, graph.constant(1, [], 'int64')),
      /^Add .*element types differ: float32, int64/,
    ],
    ['indices', () => gather(x, x), /x must be int32 or int64, not float32/],
    ['another graph', () => add(x, createGraph().constant(1)), /belongs to another graph/],
    ['a name twice', () => graph.input('x', 'float32', []), /already has a tensor named x/],
    ['a constant', () => graph.constant([1, 2, 3], [2]), /3 elements does not fill \[2\]/],
    [
      'labels',
      () => softmaxCrossEntropy(reshape(x, [-1, 6]), graph.constant(Int32Array.of(1))),
      /logits must be \[N, C\]/,
    ],
  ])('an error names operator, node and shapes: %s', (_, build, message) => expect(build).toThrow(message));

  test('an error carries what it names', () => {
    const node = expect.stringMatching(/^MatMul_\d+$/);
    const shapes = [
      ['N', 4, 6],
      ['N', 4, 6],
    ];
    expect(() => matmul(x, x)).toThrowError(
      expect.objectContaining({ code: 'shape', operator: 'MatMul', node, shapes }),
    );
  });
});

test('equal nodes and constants are made once', () => {
  const graph = createGraph();
  const x = graph.input('x', 'float32', [2]);
  expect(mul(add(x, 1), 2)).toBe(mul(add(x, 1), 2));
  expect(graph.nodes.length).toBe(2);
  expect(graph.constant(-0)).not.toBe(graph.constant(0));
});

test('gradients hold for a batch known only at run time', async () => {
  const graph = createGraph();
  const x = graph.input('x', 'float32', ['N', 3]);
  const w = graph.input('w', 'float32', [3, 2]);
  const scale = graph.constant([1, 2]);
  const y = layerNormalization(tanh(linear(x, w)), scale, graph.constant([0, 1]));
  const loss = add(reduceMean(mul(y, y)), meanSquaredError(reduceSum(x, 1), graph.constant([0.5])));
  const [dx, dw] = gradients(loss, [x, w]) as [Tensor, Tensor];
  const data = tensorData('float32', [2, 3], [0.1, -0.4, 0.8, 0.5, 0.2, -0.9]);
  const weights = tensorData('float32', [3, 2], [0.3, -0.2, 0.5, 0.9, -0.7, 0.4]);
  const open = await run({ dx, dw }, { x: data, w: weights });

  const fixed = createGraph();
  const X = fixed.input('x', 'float32', [2, 3]);
  const W = fixed.input('w', 'float32', [3, 2]);
  const Y = layerNormalization(tanh(linear(X, W)), fixed.constant([1, 2]), fixed.constant([0, 1]));
  const Loss = add(reduceMean(mul(Y, Y)), meanSquaredError(reduceSum(X, 1), fixed.constant([0.5])));
  const [dX, dW] = gradients(Loss, [X, W]) as [Tensor, Tensor];
  const closed = await run({ dx: dX, dw: dW }, { x: data, w: weights });
  for (const name of ['dx', 'dw'])
    for (const [at, value] of floatsOf(closed[name]).entries())
      expect(Number(open[name]?.data[at])).toBeCloseTo(value, 5);
  expect(Math.max(...floatsOf(closed.dx).map(Math.abs))).toBeGreaterThan(0.01);
});

test('a decoder step runs with batch, length and past known only at run time', async () => {
  const graph = createGraph();
  const x = graph.input('x', 'float32', ['batch', 'length', 4]);
  const past = graph.input('past', 'float32', ['batch', 2, 'past', 2]);
  const heads = transpose(reshape(x, ['batch', 'length', 2, 2]), [0, 2, 1, 3]);
  const keys = concat([past, heads], 2);
  expect(keys.shape).toEqual(['batch', 2, 'past + length', 2]);
  const size = (t: Tensor, axis: number) => gather(shapeOf(t), graph.constant(axis, [], 'int64'));
  const rows = add(range(0, size(heads, 2), 'length'), size(past, 2));
  const columns = range(0, size(keys, 2), 'past + length');
  const may = lessOrEqual(unsqueeze(columns, 0), unsqueeze(rows, 1));
  const mixed = attention(heads, keys, keys, { mask: where(may, graph.constant(0), -1e9) });
  const present = reshape(transpose(mixed, [0, 2, 1, 3]), ['batch', 'length', 4]);
  const session = await openSession(toOnnx(graph, { inputs: [x, past], outputs: { present, keys } }), {
    threads: 1,
    emptyFeeds: true,
  });
  const values = Array.from({ length: 12 }, (_, i) => Math.sin(i));
  const whole = await session.run({
    x: tensorData('float32', [1, 3, 4], values),
    past: tensorData('float32', [1, 2, 0, 2], []),
  });
  const head = await session.run({
    x: tensorData('float32', [1, 2, 4], values.slice(0, 8)),
    past: tensorData('float32', [1, 2, 0, 2], []),
  });
  const tail = await session.run({
    x: tensorData('float32', [1, 1, 4], values.slice(8)),
    past: head.keys as TensorData,
  });
  await session.close();
  const pieces = [...floatsOf(head.present), ...floatsOf(tail.present)];
  for (const [at, value] of pieces.entries()) expect(value).toBeCloseTo(Number(whole.present?.data[at]), 6);
});

test('a large table collects the gradients of repeated rows exactly, on two threads', async () => {
  const graph = createGraph();
  const table = graph.input('table', 'float32', [1000, 16]);
  const ids = Int32Array.from({ length: 20_000 }, (_, i) => (i * i) % 7);
  const [d] = gradients(reduceSum(embedding(table, graph.constant(ids))), [table]) as [Tensor];
  const expected = new Float32Array(16_000);
  for (const id of ids) for (let column = 0; column < 16; column++) expected[id * 16 + column]! += 1;
  const { d: found } = await run({ d }, { table: tensorData('float32', [1000, 16], expected) }, 2);
  expect(found?.data).toEqual(expected);
});

describe('what has no gradient says so', () => {
  const graph = createGraph();
  const x = graph.input('x', 'float32', [2, 3]);

  test.each<[string, () => unknown, RegExp]>([
    [
      'an operator on the path',
      () => gradients(reduceSum(floor(x)), [x]),
      /^Floor \(node Floor_\d+\) has no derivative/,
    ],
    [
      'no path',
      () => gradients(reduceSum(x), [graph.input('z', 'float32', [])]),
      /does not depend on z differentiably/,
    ],
    [
      'whole numbers',
      () => gradients(reduceSum(cast(argMax(x), 'float32')), [x]),
      /does not depend on x differentiably/,
    ],
    ['no scalar', () => gradients(x, [x]), /a loss is a float32 scalar; x is float32\[2, 3\]/],
  ])('%s', (_, build, message) => expect(build).toThrow(message));

  test('a constant beside the path is no hindrance', () => {
    expect(() => gradients(reduceSum(mul(x, floor(graph.constant(1.5)))), [x])).not.toThrow();
  });
});

describe('files', () => {
  test('only what reaches the outputs is written', () => {
    const graph = createGraph();
    const x = graph.input('x', 'float32', [2]);
    const unused = graph.parameter('unused', [1000], fill(1));
    const y = mul(x, 2);
    const small = toOnnx(graph, { inputs: [x], outputs: { y } });
    add(x, reduceSum(unused));
    expect(toOnnx(graph, { inputs: [x], outputs: { y } })).toEqual(small);
    expect(() => toOnnx(graph, { inputs: [], outputs: { y } })).toThrow('an output needs the input x');
    const initializers = new Map([['unused', tensorData('float32', [1], [1])]]);
    expect(() =>
      toOnnx(graph, { inputs: [x], outputs: { z: add(x, reduceSum(unused)) }, initializers }),
    ).toThrow('the value of unused is [1], not [1000]');
    expect(() => toOnnx(graph, { inputs: [x], outputs: { x: y } })).toThrow(
      'the output x has the name of an input',
    );
  });

  test('one tensor may be several outputs, an input may be one, and names are the given ones', async () => {
    const graph = createGraph();
    const x = graph.input('x', 'float32', [2]);
    const y = add(x, 1);
    const data = tensorData('float32', [2], [1, 2]);
    const results = await run(
      { first: y, 'present.0.key': y, same: x, z: expandAs(reduceSum(y), x) },
      { x: data },
    );
    expect(results).toEqual({
      first: tensorData('float32', [2], [2, 3]),
      'present.0.key': tensorData('float32', [2], [2, 3]),
      same: data,
      z: tensorData('float32', [2], [5, 5]),
    });
  });

  test('inputs may be called as the graph calls its own nodes and constants', async () => {
    const graph = createGraph();
    const names = ['add_0', 'constant_0', 'attribute/0'] as const;
    const [a, b, c] = names.map((name) => graph.input(name, 'float32', [2])) as [Tensor, Tensor, Tensor];
    const data = tensorData('float32', [2], [1, 2]);
    const sum = reduceSum(add(add(a, b), add(c, 10)), 0);
    const { total } = await run({ total: sum }, Object.fromEntries(names.map((name) => [name, data])));
    expect(total).toEqual(tensorData('float32', [], [29]));
  });
});
