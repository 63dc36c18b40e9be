import { reshape, type Tensor, transpose } from '@banyan/engine';
import type { DataShape } from '../algorithm.ts';

/** Where an image keeps its channels: nowhere ([H, W]), or in the shorter of its first and last axis. */
const channelsAreLast = (shape: readonly number[]): boolean => shape.length === 3 && shape[2]! < shape[0]!;

/** [C, H, W] of an image. */
export function planesOf({ shape }: DataShape): readonly [number, number, number] {
  const [a, b, c] = shape as [number, number, number?];
  if (c === undefined) return [1, a, b];
  return channelsAreLast(shape) ? [c, a, b] : [a, b, c];
}

/** How far apart neighbours along each axis lie in an image's numbers. */
export function stridesOf(shape: DataShape): { channel: number; row: number; column: number } {
  const [channels, height, width] = planesOf(shape);
  return channelsAreLast(shape.shape)
    ? { channel: 1, row: width * channels, column: channels }
    : { channel: height * width, row: width, column: 1 };
}

/** Images x [N, ...shape] as convolutions take them: [N, C, H, W]. */
export function toPlanes({ shape }: DataShape, x: Tensor): Tensor {
  if (shape.length === 2) return reshape(x, [x.shape[0]!, 1, ...shape]);
  return channelsAreLast(shape) ? transpose(x, [0, 3, 1, 2]) : x;
}

/** Planes [N, C, H, W] back to images [N, ...shape]. */
export function fromPlanes({ shape }: DataShape, planes: Tensor): Tensor {
  if (shape.length === 2) return reshape(planes, [planes.shape[0]!, ...shape]);
  return channelsAreLast(shape) ? transpose(planes, [0, 2, 3, 1]) : planes;
}
