import type { OpName } from '../../op-name.ts';
import { activations } from './activations.ts';
import { arranging } from './arranging.ts';
import type { Case } from './case.ts';
import { control } from './control.ts';
import { convolution } from './convolution.ts';
import { foreign } from './foreign.ts';
import { indexing } from './indexing.ts';
import { normalisation } from './normalisation.ts';
import { pointwise } from './pointwise.ts';
import { products } from './products.ts';
import { recurrent } from './recurrent.ts';
import { reductions } from './reductions.ts';
import { structural } from './structural.ts';
import { text } from './text.ts';

/** Cases for every operator: one without does not compile. */
export const cases: Record<OpName, Case[]> = {
  ...pointwise,
  ...activations,
  ...reductions,
  ...structural,
  ...arranging,
  ...indexing,
  ...products,
  ...normalisation,
  ...convolution,
  ...recurrent,
  ...control,
  ...text,
  ...foreign,
};
