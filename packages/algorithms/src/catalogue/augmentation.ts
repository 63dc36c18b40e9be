import type { Random } from '@banyan/engine';
import { z } from 'zod';
import type { DataShape } from '../algorithm.ts';
import { planesOf, stridesOf } from './images.ts';

/** What is done to images while training, so that more is learned from the same ones (Simard et al., 2003). */
export const augmentationFields = {
  shift: z
    .int()
    .min(0)
    .max(64)
    .default(0)
    .describe('Pixels by which images are moved at random while training, at most, along each axis.'),
  mirror: z
    .boolean()
    .default(false)
    .describe('Turn left and right of every second image around while training; not for letters or digits.'),
};

export interface Augmentation {
  shift: number;
  mirror: boolean;
}

/** The place nearest to `at` on an axis. */
const within = (at: number, length: number): number => Math.min(length - 1, Math.max(0, at));

/** Images x [rows, ...shape] moved and mirrored, each in its own way; what comes in at a border repeats the border. */
export function augment(
  { shift, mirror }: Augmentation,
  shape: DataShape,
  x: Float32Array,
  random: Random,
): Float32Array {
  if (shift === 0 && !mirror) return x;
  const [channels, height, width] = planesOf(shape);
  const strides = stridesOf(shape);
  const size = channels * height * width;
  const y = new Float32Array(x.length);
  const anyShift = (): number => random.integer(2 * shift + 1) - shift;
  for (let image = 0; image < x.length; image += size) {
    const [down, right] = [anyShift(), anyShift()];
    const turned = mirror && random.uniform() < 0.5;
    for (let row = 0; row < height; row++) {
      const fromRow = image + within(row - down, height) * strides.row;
      const toRow = image + row * strides.row;
      for (let column = 0; column < width; column++) {
        const seen = within(column - right, width);
        const from = fromRow + (turned ? width - 1 - seen : seen) * strides.column;
        const to = toRow + column * strides.column;
        for (let c = 0; c < channels; c++) y[to + c * strides.channel] = x[from + c * strides.channel]!;
      }
    }
  }
  return y;
}
