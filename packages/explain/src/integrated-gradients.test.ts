import {
  add,
  createGraph,
  createRandom,
  initializers,
  matmul,
  reshape,
  type Tensor,
  tanh,
} from '@banyan/engine';
import { expect, test } from 'vitest';
import { integratedGradients } from './index.ts';

const random = createRandom('explain');
const draw = (count: number, scale = 1): Float32Array =>
  Float32Array.from({ length: count }, () => scale * random.normal());

/** A forward program whose parameters hold the given numbers. */
function program(
  weights: Record<string, { shape: number[]; data: Float32Array }>,
  inputShape: (number | string)[],
  build: (input: Tensor, parameter: (name: string) => Tensor) => Tensor,
) {
  const graph = createGraph();
  const input = graph.input('x', 'float32', inputShape);
  const made = new Map(
    Object.entries(weights).map(
      ([name, { shape }]) => [name, graph.parameter(name, shape, initializers.zeros)] as const,
    ),
  );
  const output = build(input, (name) => made.get(name)!);
  const parameters = new Map(
    Object.entries(weights).map(([name, { shape, data }]) => [
      name,
      { dtype: 'float32' as const, shape, data },
    ]),
  );
  return { graph, input, output, parameters };
}

function mlp(inputShape: (number | string)[] = ['N', 4]) {
  return program(
    {
      w1: { shape: [4, 16], data: draw(64, 0.5) },
      b1: { shape: [16], data: draw(16, 0.1) },
      w2: { shape: [16, 3], data: draw(48, 0.5) },
    },
    inputShape,
    (x, p) => matmul(tanh(add(matmul(x, p('w1')), p('b1'))), p('w2')),
  );
}

test('a linear model: attributions are w * (x - baseline)', async () => {
  const w = draw(6);
  const [x, baseline, outputs] = [draw(5 * 3), draw(3), [0, 1, 1, 0, 1]];
  const forward = program({ w: { shape: [3, 2], data: w } }, ['N', 3], (input, p) => matmul(input, p('w')));
  const found = await integratedGradients({ forward, x, rows: 5, baseline, outputs });
  expect(found.completenessError).toBeLessThan(1e-5);
  for (const [index, attribution] of found.attributions.entries()) {
    const [row, i] = [Math.floor(index / 3), index % 3];
    expect(attribution).toBeCloseTo(w[i * 2 + outputs[row]!]! * (x[index]! - baseline[i]!), 5);
  }
});

test('each row may have a baseline of its own', async () => {
  const [x, baselines, outputs] = [draw(3 * 4), draw(3 * 4), [0, 1, 2]];
  const forward = mlp();
  const together = await integratedGradients({ forward, x, rows: 3, baseline: baselines, outputs });
  for (const row of [0, 1, 2]) {
    const part = (values: Float32Array) => values.subarray(row * 4, (row + 1) * 4);
    const [baseline, output] = [part(baselines), outputs[row]!];
    const alone = await integratedGradients({ forward, x: part(x), rows: 1, baseline, outputs: [output] });
    for (const [i, value] of alone.attributions.entries())
      expect(part(together.attributions)[i]).toBeCloseTo(value, 5);
  }
  await expect(integratedGradients({ forward, x, rows: 3, baseline: draw(8), outputs })).rejects.toThrow(
    'the baseline has 8 numbers; one example has 4',
  );
});

test('a small network: attributions sum to what the output moved by, and more steps come closer', async () => {
  const [x, baseline, outputs] = [
    draw(20 * 4),
    new Float32Array(4),
    Array.from({ length: 20 }, (_, i) => i % 3),
  ];
  const forward = mlp();
  const fine = await integratedGradients({ forward, x, rows: 20, baseline, outputs });
  expect(fine.completenessError).toBeLessThan(1e-3);
  expect(fine.values.some((value, row) => Math.abs(value - fine.baselineValues[row]!) > 0.1)).toBe(true);
  // The same program can be explained again.
  const coarse = await integratedGradients({ forward, x, rows: 20, baseline, outputs, steps: 2 });
  expect(coarse.completenessError).toBeGreaterThan(fine.completenessError);
});

test('a program of fixed batch size gives the same answer', async () => {
  const [x, baseline, outputs] = [draw(3 * 4), draw(4), [0, 1, 2]];
  const free = mlp();
  const fixed = program(
    Object.fromEntries(
      [...free.parameters].map(([name, { shape, data }]) => [name, { shape: [...shape], data }]),
    ),
    [10, 4],
    (input, p) => matmul(tanh(add(matmul(input, p('w1')), p('b1'))), p('w2')),
  );
  const shares: number[] = [];
  const a = await integratedGradients({ forward: free, x, rows: 3, baseline, outputs, steps: 16 });
  const b = await integratedGradients({
    forward: fixed,
    x,
    rows: 3,
    baseline,
    outputs,
    steps: 16,
    onProgress: (share) => shares.push(share),
  });
  for (const [i, attribution] of a.attributions.entries())
    expect(b.attributions[i]).toBeCloseTo(attribution, 5);
  expect(shares).toHaveLength(6);
  expect(shares.at(-1)).toBe(1);
});

test('windows to one value: every step has its attribution', async () => {
  const w = draw(6);
  const forward = program({ w: { shape: [6, 1], data: w } }, ['N', 3, 2], (input, p) =>
    reshape(matmul(reshape(input, [-1, 6]), p('w')), [-1]),
  );
  const x = draw(2 * 6);
  const found = await integratedGradients({
    forward,
    x,
    rows: 2,
    baseline: new Float32Array(6),
    outputs: [0, 0],
  });
  for (const [index, attribution] of found.attributions.entries())
    expect(attribution).toBeCloseTo(w[index % 6]! * x[index]!, 5);
});

test('sizes that disagree are refused before anything runs', async () => {
  const given = { forward: mlp(), x: draw(8), rows: 2, baseline: draw(4), outputs: [0, 0] };
  const ask = (changes: object) => integratedGradients({ ...given, ...changes });
  await expect(ask({ outputs: [0, 3] })).rejects.toThrow('there is no output 3: the model has 3');
  await expect(ask({ outputs: [0] })).rejects.toThrow('one output index a row');
  await expect(ask({ rows: 3 })).rejects.toThrow('3 rows of 4 need 12');
  await expect(ask({ baseline: draw(2) })).rejects.toThrow('the baseline has 2 numbers');
  await expect(ask({ steps: 0 })).rejects.toThrow('steps');
  const tokens = createDiscrete();
  await expect(ask({ forward: tokens })).rejects.toThrow('needs a float32 input; ids is int64');
});

function createDiscrete() {
  const graph = createGraph();
  const input = graph.input('ids', 'int64', ['N', 4]);
  return { graph, input, output: graph.input('y', 'float32', ['N']), parameters: new Map() };
}
