import { EngineError } from '../error.ts';
import { readSafetensors, writeSafetensors } from '../safetensors.ts';
import { formatShape, sameShape } from '../shape.ts';
import type { TensorData } from '../tensor.ts';
import type { OptimizerState } from './optim/optimizer.ts';

export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

const FORMAT = 'banyan-checkpoint/2';

/** What training must not change between a checkpoint and the run that goes on from it, by what it is called in errors. */
export type Course = Readonly<Record<string, unknown>>;

export interface Checkpoint {
  /** Weights, moments and averages, as `parameter/w`, `first/w`, `second/w`, `average/w`. */
  tensors: Map<string, TensorData>;
  course: Course;
  state: OptimizerState;
  extra: Json;
}

/** A checkpoint is a safetensors file: tensors, and everything else as JSON in its metadata. */
export function writeCheckpoint({ tensors, course, state, extra }: Checkpoint): Uint8Array {
  return writeSafetensors(tensors, {
    format: FORMAT,
    course: JSON.stringify(course),
    state: JSON.stringify(state),
    extra: JSON.stringify(extra),
  });
}

/**
 * Copies a checkpoint's tensors into `into` and returns the rest.
 *
 * @throws EngineError 'format' if the bytes are no checkpoint or another course's, 'shape' if a tensor does not fit
 */
export function readCheckpoint(
  bytes: Uint8Array,
  into: ReadonlyMap<string, TensorData>,
  course: Course,
): { state: OptimizerState; extra: Json } {
  const { tensors, metadata } = readSafetensors(bytes);
  if (metadata.format !== FORMAT) throw new EngineError('format', `not a ${FORMAT} file`);
  const read = (part: string): unknown => {
    try {
      return JSON.parse(metadata[part] ?? '') as unknown;
    } catch (cause) {
      throw new EngineError('format', `the checkpoint's ${part} is not JSON`, { cause });
    }
  };
  requireSameCourse(read('course') as Course, course);
  const state = read('state');
  if (!isState(state)) throw new EngineError('format', "the checkpoint's state is not an optimiser's");
  const stranger = [...tensors.keys()].find((name) => !into.has(name));
  if (stranger !== undefined)
    throw new EngineError('format', `the checkpoint has ${stranger}, the program has not`, {
      node: stranger,
    });
  for (const [name, target] of into) {
    const saved = tensors.get(name);
    if (saved === undefined) throw new EngineError('format', `the checkpoint lacks ${name}`, { node: name });
    if (saved.dtype !== target.dtype || !sameShape(saved.shape, target.shape))
      throw new EngineError(
        'shape',
        `${name} is ${saved.dtype}${formatShape(saved.shape)} in the checkpoint, ${target.dtype}${formatShape(target.shape)} in the program`,
        { node: name, shapes: [saved.shape, target.shape] },
      );
  }
  for (const [name, target] of into)
    (target.data as Float32Array).set((tensors.get(name) as TensorData).data as Float32Array);
  return { state, extra: read('extra') as Json };
}

const isPower = (power: unknown): boolean => typeof power === 'number' && power >= 0 && power <= 1;

function isState(value: unknown): value is OptimizerState {
  const { step, beta1Power, beta2Power } = Object(value) as Partial<OptimizerState>;
  return Number.isInteger(step) && (step ?? -1) >= 0 && isPower(beta1Power) && isPower(beta2Power);
}

/** As much of a setting as an error shows. */
const SHOWN = 200;
const show = (value: unknown): string => JSON.stringify(value ?? null).slice(0, SHOWN);

function requireSameCourse(saved: Course, present: Course): void {
  if (typeof saved !== 'object' || saved === null)
    throw new EngineError('format', "the checkpoint's course is no object");
  for (const name of new Set([...Object.keys(saved), ...Object.keys(present)])) {
    if (JSON.stringify(saved[name]) === JSON.stringify(present[name])) continue;
    throw new EngineError(
      'format',
      `the checkpoint was trained with ${name} ${show(saved[name])}, this run has ${show(present[name])}`,
    );
  }
}

/** Tells frozen values apart from others, so that training goes on over the same ones: a hash of names and bits. */
export function fingerprint(tensors: ReadonlyMap<string, TensorData>): string {
  let hash = 0x811c9dc5;
  const mix = (word: number): void => {
    hash = Math.imul(hash ^ word, 0x01000193);
    hash ^= hash >>> 15;
  };
  for (const [name, { data }] of tensors) {
    for (const byte of new TextEncoder().encode(name)) mix(byte);
    const { buffer, byteOffset, length } = data as Float32Array;
    for (const word of new Int32Array(buffer, byteOffset, length)) mix(word);
  }
  return (hash >>> 0).toString(16);
}
