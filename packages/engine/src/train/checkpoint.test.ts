import { expect, test } from 'vitest';
import { readSafetensors, writeSafetensors } from '../safetensors.ts';
import type { TensorData } from '../tensor.ts';
import { fingerprint, readCheckpoint, writeCheckpoint } from './checkpoint.ts';

const w: TensorData = { dtype: 'float32', shape: [2], data: Float32Array.of(1, 2) };
const tensors = () => new Map([['parameter/w', { ...w, data: w.data.slice() }]]);
const state = { step: 3, beta1Power: 0.7, beta2Power: 0.9 };
const course = { optimizer: 'adamw', clipping: undefined };
const good = writeCheckpoint({ tensors: tensors(), course, state, extra: [1] });

/** The good checkpoint with some of its metadata changed. */
function tampered(change: Record<string, string>): Uint8Array {
  const { tensors, metadata } = readSafetensors(good);
  return writeSafetensors(tensors, { ...metadata, ...change });
}

test('a checkpoint is read as it was written', () => {
  const into = new Map([['parameter/w', { ...w, data: new Float32Array(2) }]]);
  expect(readCheckpoint(good, into, course)).toEqual({ state, extra: [1] });
  expect(into).toEqual(tensors());
});

test.each<[Uint8Array, string]>([
  [tampered({ format: 'other' }), 'not a banyan-checkpoint'],
  [tampered({ course: '{' }), "the checkpoint's course is not JSON"],
  [tampered({ course: 'null' }), "the checkpoint's course is no object"],
  [tampered({ course: '{}' }), 'trained with optimizer null, this run has "adamw"'],
  [tampered({ state: '{}' }), "state is not an optimiser's"],
  [tampered({ state: '{"step":0.5,"beta1Power":1,"beta2Power":1}' }), "state is not an optimiser's"],
  [tampered({ extra: '' }), "the checkpoint's extra is not JSON"],
  [writeSafetensors(new Map(), readSafetensors(good).metadata), 'the checkpoint lacks parameter/w'],
  [
    writeSafetensors(new Map([...tensors(), ['parameter/v', w]]), readSafetensors(good).metadata),
    'the checkpoint has parameter/v, the program has not',
  ],
  [
    writeSafetensors(
      new Map([['parameter/w', { dtype: 'int32', shape: [2], data: new Int32Array(2) }]]),
      readSafetensors(good).metadata,
    ),
    'parameter/w is int32[2] in the checkpoint, float32[2] in the program',
  ],
])('a checkpoint that is not right is refused, and nothing changed: %#', (bytes, message) => {
  const into = tensors();
  expect(() => readCheckpoint(bytes, into, course)).toThrow(message);
  expect(into).toEqual(tensors());
});

test('a fingerprint tells names and bits apart', () => {
  const prints = [
    new Map([['w', w]]),
    new Map([['v', w]]),
    new Map([['w', { ...w, data: Float32Array.of(1, 2.000_000_2) }]]),
    new Map([['w', { ...w, data: Float32Array.of(2, 1) }]]),
  ].map(fingerprint);
  expect(new Set(prints).size).toBe(4);
  expect(fingerprint(new Map([['w', w]]))).toBe(prints[0]);
});
