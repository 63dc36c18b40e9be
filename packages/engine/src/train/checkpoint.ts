import { EngineError } from '../error.ts';
import { readSafetensors, writeSafetensors } from '../safetensors.ts';
import { formatShape, sameShape } from '../shape.ts';
import type { TensorData } from '../tensor.ts';
import type { OptimizerConfig, OptimizerState } from './optim/optimizer.ts';
import type { ScheduleConfig } from './optim/schedule.ts';

export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

const FORMAT = 'banyan-checkpoint/1';

/** What training must not change between a checkpoint and the run that goes on from it. */
export interface Course {
  optimizer: Required<OptimizerConfig>;
  schedule: Required<ScheduleConfig>;
  clipNorm: number | undefined;
}

export interface Checkpoint {
  /** Weights and moments, as `parameter/w`, `first/w`, `second/w`. */
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
  if (metadata.course !== JSON.stringify(course))
    throw new EngineError(
      'format',
      `the checkpoint was trained by ${metadata.course}, this run by ${JSON.stringify(course)}`,
    );
  const stranger = [...tensors.keys()].find((name) => !into.has(name));
  if (stranger !== undefined)
    throw new EngineError('format', `the checkpoint has ${stranger}, the program has not`, {
      node: stranger,
    });
  for (const [name, target] of into) {
    const saved = tensors.get(name);
    if (saved === undefined) throw new EngineError('format', `the checkpoint lacks ${name}`, { node: name });
    if (!sameShape(saved.shape, target.shape))
      throw new EngineError(
        'shape',
        `${name} is ${formatShape(saved.shape)} in the checkpoint, ${formatShape(target.shape)} in the program`,
        { node: name, shapes: [saved.shape, target.shape] },
      );
  }
  for (const [name, target] of into)
    (target.data as Float32Array).set((tensors.get(name) as TensorData).data as Float32Array);
  return {
    state: JSON.parse(metadata.state ?? '') as OptimizerState,
    extra: JSON.parse(metadata.extra ?? 'null') as Json,
  };
}
