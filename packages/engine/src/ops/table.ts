import type { OpName } from '../op-name.ts';
import type { Op } from '../tensor.ts';
import { activations } from './activations.ts';
import { arrange } from './arrange.ts';
import { control } from './control.ts';
import { convolution } from './convolution.ts';
import { contraction } from './einsum.ts';
import { elementwise } from './elementwise.ts';
import { foreign } from './foreign.ts';
import { indexing } from './indexing.ts';
import { logical } from './logical.ts';
import { loss } from './loss.ts';
import { products } from './matmul.ts';
import { ndIndexing } from './nd-indexing.ts';
import { normalisation } from './normalisation.ts';
import { padding } from './pad.ts';
import { pooling } from './pooling.ts';
import { recurrent } from './recurrent.ts';
import { reduce } from './reduce.ts';
import { resizing } from './resize.ts';
import { shape } from './shape.ts';
import { text } from './text.ts';

/** Every operator. One that is named but not defined here, or has no `grad`, does not compile. */
export const operators = {
  ...elementwise,
  ...activations,
  ...logical,
  ...reduce,
  ...shape,
  ...padding,
  ...arrange,
  ...resizing,
  ...products,
  ...contraction,
  ...convolution,
  ...pooling,
  ...normalisation,
  ...recurrent,
  ...indexing,
  ...ndIndexing,
  ...loss,
  ...control,
  ...text,
  ...foreign,
} satisfies Record<OpName, Op>;
