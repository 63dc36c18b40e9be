import type { Initializer } from '@banyan/engine';
import { initializers, reshape, type Tensor, transpose } from '@banyan/engine';
import type { DataShape } from '../algorithm.ts';

/** Where an image keeps its channels: nowhere ([H, W]), or in the shorter of its first and last axis. */
const channelsAreLast = ({ shape }: DataShape): boolean => shape.length === 3 && shape[2]! < shape[0]!;

/** Images x [N, ...shape] as convolutions take them: [N, C, H, W]. */
export function toPlanes(shape: DataShape, x: Tensor): Tensor {
  if (shape.shape.length === 2) return reshape(x, [x.shape[0]!, 1, ...shape.shape]);
  return channelsAreLast(shape) ? transpose(x, [0, 3, 1, 2]) : x;
}

/** Planes [N, C, H, W] back to images [N, ...shape]. */
export function fromPlanes(shape: DataShape, planes: Tensor): Tensor {
  if (shape.shape.length === 2) return reshape(planes, [planes.shape[0]!, ...shape.shape]);
  return channelsAreLast(shape) ? transpose(planes, [0, 2, 3, 1]) : planes;
}

/** Normal with variance gain / (inputs of an output), for weights [out, in, kH, kW] (He et al., 2015: gain 2 for relu). */
export const convolutionInitial =
  (gain: number): Initializer =>
  (random, shape) => {
    const fanIn = shape.slice(1).reduce((product, dim) => product * dim, 1);
    return initializers.normal(Math.sqrt(gain / fanIn))(random, shape);
  };
