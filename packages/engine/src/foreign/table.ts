import { arithmetic } from './arithmetic.ts';
import { convolution } from './convolution.ts';
import { elementwise } from './elementwise.ts';
import type { NodeReader } from './node.ts';
import { shape } from './shape.ts';

/** How the nodes of other files are read, by domain (`''` is ONNX's own) and operator. */
export const readers: ReadonlyMap<string, ReadonlyMap<string, NodeReader>> = new Map([
  [
    '',
    new Map<string, NodeReader>(Object.entries({ ...elementwise, ...shape, ...arithmetic, ...convolution })),
  ],
]);
