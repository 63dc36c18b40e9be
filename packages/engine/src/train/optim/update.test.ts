import { expect, test } from 'vitest';
import { createRandom } from '../../random.ts';
import type { AreaPlan, Update } from './update.ts';
import { referenceUpdate } from './update-reference.ts';
import { wasmUpdate } from './update-wasm.ts';

const plan: AreaPlan = {
  areas: ['parameter', 'gradient', 'first', 'second', 'sum', 'average'],
  areaBytes: 4096,
};

/** A memory whose areas hold the same random numbers each time; second moments are positive. */
function randomMemory(): { memory: WebAssembly.Memory; floats: Float32Array } {
  const memory = new WebAssembly.Memory({ initial: 1 });
  const floats = new Float32Array(memory.buffer, 0, (plan.areas.length * plan.areaBytes) / 4);
  const random = createRandom('update');
  for (let i = 0; i < floats.length; i++) floats[i] = random.normal();
  for (let i = 3072; i < 4096; i++) floats[i] = Math.abs(floats[i] ?? 0);
  return { memory, floats };
}

const shared = { scale: 0.7, l2: 0.01, keep: 0.99, momentum: 0.9, rate: 0.1 };

test.each<[keyof Update, (update: Update, step: number) => void]>([
  ['clip', (update) => update.clip(0, 4096, 0.3)],
  ['addToSum', (update) => update.addToSum(0, 4096, 0.7)],
  ['takeSum', (update) => update.takeSum(0, 4096, 0.3)],
  ['average', (update) => update.average(0, 4096, 0.1)],
  ['sgd', (update) => update.sgd(0, 4096, shared)],
  ['nesterov', (update) => update.nesterov(0, 4096, shared)],
  [
    'adam',
    (update, step) =>
      update.adam(0, 4096, { ...shared, beta1: 0.9, beta2: 0.999, rate: 0.1 * step, root: 3, epsilon: 1e-8 }),
  ],
  ['lion', (update) => update.lion(0, 4096, { ...shared, beta1: 0.9, beta2: 0.99 })],
  ['lookAhead', (update) => update.lookAhead(0, 4096, shared)],
  ['descend', (update) => update.descend(0, 4096, shared)],
])('the WebAssembly %s is the reference, bit for bit', (_, run) => {
  const ours = randomMemory();
  const plain = randomMemory();
  const [wasm, reference] = [wasmUpdate(ours.memory, plan), referenceUpdate(plain.memory, plan)];
  for (let step = 1; step <= 20; step++) for (const update of [wasm, reference]) run(update, step);
  expect(ours.floats).toEqual(plain.floats);
  expect(ours.floats).not.toEqual(randomMemory().floats);
  expect(wasm.sumOfSquares(0, 4096)).toBeCloseTo(reference.sumOfSquares(0, 4096), 9);
});

test('an update touches its range only', () => {
  const { memory, floats } = randomMemory();
  const before = floats.slice();
  const factors = { scale: 1, l2: 0, keep: 1, momentum: 0, rate: 0.5 };
  wasmUpdate(memory, plan).sgd(16, 32, factors);
  expect(floats.slice(0, 4)).toEqual(before.slice(0, 4));
  expect(floats.slice(8, 1024)).toEqual(before.slice(8, 1024));
  const expected = [4, 5, 6, 7].map((i) =>
    Math.fround((before[i] ?? 0) - Math.fround(0.5 * (before[1024 + i] ?? 0))),
  );
  expect(floats.slice(4, 8)).toEqual(Float32Array.from(expected));
});

test('an update of an area that was not planned traps', () => {
  const update = wasmUpdate(new WebAssembly.Memory({ initial: 1 }), {
    areas: ['parameter', 'gradient', 'first'],
    areaBytes: 4096,
  });
  expect(() => update.average(0, 16, 0.5)).toThrow('out of bounds');
});
