import { expect, test } from 'vitest';
import { createRandom } from '../../random.ts';
import { referenceUpdate } from './update-reference.ts';
import { wasmUpdate } from './update-wasm.ts';

const areaBytes = 4096;

/** A memory whose four areas hold the same random numbers each time; second moments are positive. */
function randomMemory(): { memory: WebAssembly.Memory; floats: Float32Array } {
  const memory = new WebAssembly.Memory({ initial: 1 });
  const floats = new Float32Array(memory.buffer, 0, areaBytes);
  const random = createRandom('update');
  for (let i = 0; i < floats.length; i++) floats[i] = random.normal();
  for (let i = 0.75 * areaBytes; i < floats.length; i++) floats[i] = Math.abs(floats[i] ?? 0);
  return { memory, floats };
}

test('the WebAssembly updates are the reference, bit for bit', () => {
  const ours = randomMemory();
  const plain = randomMemory();
  const [wasm, reference] = [wasmUpdate(ours.memory, areaBytes), referenceUpdate(plain.memory, areaBytes)];
  const shared = { scale: 0.7, l2: 0.01, keep: 0.99 };
  for (let step = 1; step <= 20; step++) {
    for (const update of [wasm, reference]) {
      update.sgd(0, 1024, { ...shared, momentum: 0.9, rate: 0.1 });
      update.adam(1024, 4096, {
        ...shared,
        beta1: 0.9,
        beta2: 0.999,
        rate: 0.1 * step,
        root: 3,
        epsilon: 1e-8,
      });
    }
    expect(wasm.sumOfSquares(0, areaBytes)).toBeCloseTo(reference.sumOfSquares(0, areaBytes), 9);
  }
  expect(ours.floats).toEqual(plain.floats);
  expect(ours.floats).not.toEqual(randomMemory().floats);
});

test('an update touches its range only', () => {
  const { memory, floats } = randomMemory();
  const before = floats.slice();
  const factors = { scale: 1, l2: 0, keep: 1, momentum: 0, rate: 0.5 };
  wasmUpdate(memory, areaBytes).sgd(16, 32, factors);
  expect(floats.slice(0, 4)).toEqual(before.slice(0, 4));
  expect(floats.slice(8, 1024)).toEqual(before.slice(8, 1024));
  const expected = [4, 5, 6, 7].map((i) =>
    Math.fround((before[i] ?? 0) - Math.fround(0.5 * (before[1024 + i] ?? 0))),
  );
  expect(floats.slice(4, 8)).toEqual(Float32Array.from(expected));
});
