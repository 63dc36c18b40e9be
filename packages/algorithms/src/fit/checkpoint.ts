import { readSafetensors, writeSafetensors } from '@banyan/engine';
import { AlgorithmError, type Tensors } from '../algorithm.ts';

const FORMAT = 'banyan-run/1';
const BEST = 'best.';

/** How far a run has come, beside what its trainer knows. */
export interface Progress {
  step: number;
  /** The smallest validation objective so far, where it was, and the weights it was reached with. */
  best?: { value: number; step: number; tensors: Tensors };
  /** Validations since then. */
  waited: number;
}

/**
 * Everything a run needs to go on to the same weights. The data's position and the random streams need no place of
 * their own: they are fixed by the seed and the step.
 *
 * @param run what identifies the run: algorithm, config, data, seed and lane, as JSON
 */
export function writeCheckpoint(
  run: string,
  trainer: Uint8Array,
  { step, best, waited }: Progress,
): Uint8Array {
  const tensors: Tensors = new Map([['trainer', { dtype: 'uint8', shape: [trainer.length], data: trainer }]]);
  for (const [name, tensor] of best?.tensors ?? []) tensors.set(BEST + name, tensor);
  const progress = { step, waited, ...(best && { best: { value: best.value, step: best.step } }) };
  return writeSafetensors(tensors, { format: FORMAT, run, progress: JSON.stringify(progress) });
}

/** What a checkpoint holds: the trainer's own, and how far the run had come. */
export interface Saved {
  trainer: Uint8Array;
  progress: Progress;
}

/** Throws AlgorithmError 'format' if the bytes are no checkpoint, or of another run. */
export function readCheckpoint(run: string, bytes: Uint8Array): Saved {
  const { tensors, metadata } = readSafetensors(bytes);
  const trainer = tensors.get('trainer')?.data;
  if (metadata.format !== FORMAT || metadata.progress === undefined || !(trainer instanceof Uint8Array))
    throw new AlgorithmError('format', 'these bytes are no checkpoint of a run');
  if (metadata.run !== run)
    throw new AlgorithmError(
      'format',
      'this checkpoint belongs to another run: algorithm, config, data, seed and lane must be the same to go on from it',
    );
  const { step, waited, best } = JSON.parse(metadata.progress) as Progress;
  const weights: Tensors = new Map();
  for (const [name, tensor] of tensors)
    if (name.startsWith(BEST)) weights.set(name.slice(BEST.length), tensor);
  return { trainer, progress: { step, waited, ...(best && { best: { ...best, tensors: weights } }) } };
}
