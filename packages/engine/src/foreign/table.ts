import { activations } from './activations.ts';
import { arithmetic } from './arithmetic.ts';
import { convolution } from './convolution.ts';
import { elementwise } from './elementwise.ts';
import { indexing } from './indexing.ts';
import type { NodeReader } from './node.ts';
import { normalisation } from './normalisation.ts';
import { recurrent } from './recurrent.ts';
import { resizing } from './resize.ts';
import { shape } from './shape.ts';

const own: Readonly<Record<string, NodeReader>> = {
  ...activations,
  ...arithmetic,
  ...convolution,
  ...elementwise,
  ...indexing,
  ...normalisation,
  ...recurrent,
  ...resizing,
  ...shape,
};

/** How the nodes of other files are read, by domain (`''` is ONNX's own) and operator. */
export const readers: ReadonlyMap<string, ReadonlyMap<string, NodeReader>> = new Map([
  ['', new Map(Object.entries(own))],
]);
