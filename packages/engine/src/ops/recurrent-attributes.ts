import type { Direction } from '../functions/recurrent.ts';
import type { Tensor } from '../tensor.ts';

/** The inputs that may be left out, in ONNX's order. */
export const optionalInputs = ['bias', 'sequenceLengths', 'initialH', 'initialC', 'peepholes'] as const;
export type Optional = (typeof optionalInputs)[number];

export interface RecurrentAttributes {
  hidden: number;
  direction: Direction;
  /** For each direction those of the gates, the candidate and (LSTM) the cell; ONNX's own unless given. */
  activations?: readonly string[] | undefined;
  activationAlpha?: readonly number[] | undefined;
  activationBeta?: readonly number[] | undefined;
  /** What goes into an activation is held in [-clip, clip]. */
  clip?: number | undefined;
  /** The forget gate is 1 - the input gate. */
  inputForget: boolean;
  /** The reset gate acts on the product with R instead of on what goes into it. */
  linearBeforeReset: boolean;
  /** Which of the optional inputs follow x, w and r. */
  present: readonly Optional[];
}

export type RecurrentInputs = { x: Tensor; w: Tensor; r: Tensor } & Partial<Record<Optional, Tensor>>;
