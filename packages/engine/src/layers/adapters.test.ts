import { expect, test } from 'vitest';
import { createGraph } from '../create-graph.ts';
import { normal } from '../initializers.ts';
import { matmul, relu, transpose } from '../operators.ts';
import { createRandom } from '../random.ts';
import type { TensorData } from '../tensor.ts';
import type { Program } from '../train/program.ts';
import { tinyProgram, trainTiny } from '../train/tiny.ts';
import { createTrainer, type TrainerOptions } from '../train/trainer.ts';
import { type Adapter, type Adapters, adapterTensors, adaptProgram, mergeAdapters } from './adapters.ts';
import { linear } from './dense.ts';
import { meanSquaredError } from './losses.ts';

const options: TrainerOptions = { optimizer: { kind: 'adamw', learningRate: 0.02 }, seed: 3, threads: 1 };

/** Three layers on [2, 4, 5]: weights [in, out], [out, in], and [out, in] transposed first; and a table that is none. */
function layered(): Program {
  const graph = createGraph();
  const x = graph.input('x', 'float32', [2, 4, 5]);
  const t = graph.input('t', 'float32', [2, 4, 3]);
  const first = linear(x, graph.parameter('h.0.proj.weight', [5, 6], normal(0.5)));
  const second = linear(relu(first), graph.parameter('h.1.proj.weight', [7, 6], normal(0.5)), undefined, {
    transB: true,
  });
  const y = matmul(second, transpose(graph.parameter('head.weight', [3, 7], normal(0.5))));
  return { graph, inputs: [x, t], loss: meanSquaredError(y, t), measures: {} };
}

function batch(seed: string) {
  const random = createRandom(seed);
  const draw = (size: number) => Float32Array.from({ length: size }, () => random.normal());
  return { x: draw(40), t: draw(24) };
}

test('an adapter changes nothing at first, then trains, and its merged weights give the same loss', async () => {
  const { program, trainable, adaptersOf } = adaptProgram(layered(), {
    rank: 2,
    targets: ['proj', 'head'],
  });
  const plain = await createTrainer(layered(), { ...options, optimizer: { kind: 'sgd', learningRate: 0 } });
  const adapted = await createTrainer(program, { ...options, initial: plain.parameters(), trainable });
  const losses: number[] = [];
  for (let step = 0; step < 30; step++) losses.push((await adapted.step(batch('data'))).loss);
  expect(losses[0]).toBeCloseTo((await plain.step(batch('data'))).loss, 5);
  expect(losses.at(-1)).toBeLessThan(0.9 * losses[0]!);

  const adapters = adaptersOf(adapted.parameters());
  expect([...adapters].map(([name, { fanInFanOut }]) => [name, fanInFanOut])).toEqual([
    ['h.0.proj.weight', true],
    ['h.1.proj.weight', false],
    ['head.weight', false],
  ]);
  const merged = await createTrainer(layered(), {
    ...options,
    initial: mergeAdapters(plain.parameters(), adapters),
  });
  const last = await adapted.step(batch('other'));
  expect((await merged.step(batch('other'))).loss).toBeCloseTo(last.loss, 5);
  for (const trainer of [plain, adapted, merged]) await trainer.close();
});

test('adapters are parameters under the names of PEFT, and start a program again', async () => {
  const { program, trainable, adaptersOf } = adaptProgram(tinyProgram(), { rank: 4, alpha: 16 });
  const names = program.graph.parameters.map(({ name }) => name).filter(trainable);
  expect(names).toEqual(['w1.lora_A.weight', 'w1.lora_B.weight']);
  const first = await createTrainer(program, { ...options, trainable });
  await trainTiny(first, createRandom('data'), 5);
  const adapters = adaptersOf(first.parameters());
  expect(adapters.get('w1')).toMatchObject({ alpha: 16, rank: 4, fanInFanOut: true });

  const again = adaptProgram(tinyProgram(), { rank: 4, alpha: 16 });
  const initial = new Map([...first.parameters(), ...adapterTensors(adapters)]);
  const second = await createTrainer(again.program, { ...options, trainable, initial });
  expect(second.parameters()).toEqual(first.parameters());
  await first.close();
  await second.close();
});

async function openAdapted(seed: number) {
  const { program, trainable } = adaptProgram(tinyProgram(), { rank: 2, targets: ['w1', 'w2'] });
  const base = await createTrainer(tinyProgram(), options);
  const initial = base.parameters();
  await base.close();
  return createTrainer(program, { ...options, seed, trainable, initial });
}

test('a run of adapters resumes from its checkpoint to the bit', async () => {
  const [straight, first, second] = [await openAdapted(3), await openAdapted(3), await openAdapted(4)];
  await trainTiny(straight, createRandom('data'), 5);
  await trainTiny(straight, createRandom('more'), 5);
  await trainTiny(first, createRandom('data'), 5);
  second.restore(first.checkpoint());
  await trainTiny(second, createRandom('more'), 5);
  expect(second.parameters()).toEqual(straight.parameters());
  for (const trainer of [straight, first, second]) await trainer.close();
});

test.each<[object, string]>([
  [{ rank: 0 }, 'a rank is 1 or more, not 0'],
  [{ rank: 2, alpha: Number.NaN }, 'alpha must be above 0, not NaN'],
  [{ rank: 2, targets: ['c_attn'] }, 'no linear layer is called c_attn; there are h.0.proj, h.1.proj, head'],
])('%j is refused', (wrong, message) => {
  expect(() => adaptProgram(layered(), wrong as { rank: number })).toThrow(message);
});

const zeros = (...shape: number[]): TensorData => ({
  dtype: 'float32',
  shape,
  data: new Float32Array(shape.reduce((a, b) => a * b, 1)),
});

test('adapters that do not fit are not merged', () => {
  const adapter: Adapter = { A: zeros(2, 5), B: zeros(6, 2), alpha: 4, rank: 2, fanInFanOut: true };
  const adapters: Adapters = new Map([['w', adapter]]);
  expect(() => mergeAdapters(new Map(), adapters)).toThrow('an adapter of w, but no such weights');
  expect(() => mergeAdapters(new Map([['w', zeros(6, 5)]]), adapters)).toThrow('does not fit its weights');
  expect(mergeAdapters(new Map([['w', zeros(5, 6)]]), adapters).get('w')).toEqual(zeros(5, 6));
});
