import type { OpName } from '../op-name.ts';
import { dimAt } from '../shape.ts';
import type { Tensor } from '../tensor.ts';
import { applyAll } from './apply.ts';

export type Direction = 'forward' | 'reverse' | 'bidirectional';

export interface RecurrentOptions {
  /** 'bidirectional' has two of everything along D. */
  direction?: Direction;
  /** [D, 2 gates H]: those of W, then those of R. */
  bias?: Tensor;
  /** int32 [N]; beyond its end a sequence gives 0 and keeps its state. */
  sequenceLengths?: Tensor;
  /** [D, N, H], zeros unless given. */
  initialH?: Tensor;
  /** For each direction the names of the activations. */
  activations?: readonly string[];
  activationAlpha?: readonly number[];
  activationBeta?: readonly number[];
  /** What goes into an activation is held in [-clip, clip]. */
  clip?: number;
}

export interface LstmOptions extends RecurrentOptions {
  /** [D, N, H], zeros unless given. */
  initialC?: Tensor;
  /** [D, 3 H]: how the input, the output and the forget gate see the cell. */
  peepholes?: Tensor;
  /** The forget gate is 1 - the input gate. */
  inputForget?: boolean;
}

export interface GruOptions extends RecurrentOptions {
  /** The reset gate acts on the product with R (as in cuDNN and PyTorch) instead of on what goes into it. */
  linearBeforeReset?: boolean;
}

function recurrent(
  type: OpName,
  inputs: readonly [x: Tensor, w: Tensor, r: Tensor],
  options: LstmOptions & GruOptions,
): readonly Tensor[] {
  const { bias, sequenceLengths, initialH, initialC, peepholes, ...rest } = options;
  const optional = Object.entries({ bias, sequenceLengths, initialH, initialC, peepholes });
  const given = optional.filter((entry): entry is [string, Tensor] => entry[1] !== undefined);
  const hidden = dimAt(inputs[2].shape, -1);
  return applyAll(type, [...inputs, ...given.map(([, tensor]) => tensor)], {
    direction: 'forward',
    inputForget: false,
    linearBeforeReset: false,
    ...rest,
    hidden,
    present: given.map(([name]) => name),
  });
}

/**
 * ONNX's RNN (Elman, 1990): x [T, N, I], w [D, H, I], r [D, H, H]; y [T, D, N, H] and the last h [D, N, H]. D is the
 * number of directions.
 */
export function rnn(
  x: Tensor,
  w: Tensor,
  r: Tensor,
  options: RecurrentOptions = {},
): { y: Tensor; h: Tensor } {
  const [y, h] = recurrent('RNN', [x, w, r], options);
  return { y: y as Tensor, h: h as Tensor };
}

/**
 * ONNX's GRU (Cho et al., 2014), gates in the order z, r, h: x [T, N, I], w [D, 3 H, I], r [D, 3 H, H]; y [T, D, N, H]
 * and the last h [D, N, H].
 */
export function gru(x: Tensor, w: Tensor, r: Tensor, options: GruOptions = {}): { y: Tensor; h: Tensor } {
  const [y, h] = recurrent('GRU', [x, w, r], options);
  return { y: y as Tensor, h: h as Tensor };
}

/**
 * ONNX's LSTM (Hochreiter and Schmidhuber, 1997), gates in the order i, o, f, c: x [T, N, I], w [D, 4 H, I],
 * r [D, 4 H, H]; y [T, D, N, H] and the last h and c [D, N, H].
 */
export function lstm(
  x: Tensor,
  w: Tensor,
  r: Tensor,
  options: LstmOptions = {},
): { y: Tensor; h: Tensor; c: Tensor } {
  const [y, h, c] = recurrent('LSTM', [x, w, r], options);
  return { y: y as Tensor, h: h as Tensor, c: c as Tensor };
}
