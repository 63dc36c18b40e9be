import type { AutoPad } from '../functions/convolution.ts';
import { formatShape, sumOfDims } from '../shape.ts';
import type { Dim, OnnxCall, Shape } from '../tensor.ts';

/** A window that slides over the spatial axes, one number an axis. */
export interface Window {
  readonly kernel: readonly number[];
  readonly strides: readonly number[];
  readonly dilations: readonly number[];
  /** Before every axis, then after every axis. */
  readonly pads: readonly number[];
  readonly autoPad?: AutoPad | undefined;
  /** Windows that begin inside the input count though they end beyond it. */
  readonly ceilMode?: boolean | undefined;
}

/** What a window spans along an axis. */
export const extentOf = ({ kernel, dilations }: Pick<Window, 'kernel' | 'dilations'>, axis: number): number =>
  ((kernel[axis] as number) - 1) * (dilations[axis] as number) + 1;

/** The pads of a window over an input of this size, before and after each axis. */
export function padsOf(
  spatial: Shape,
  window: Window,
): readonly (readonly [before: number, after: number])[] {
  const { autoPad, pads, strides } = window;
  const rank = spatial.length;
  return spatial.map((dim, axis) => {
    if (autoPad === 'VALID') return [0, 0];
    if (autoPad === undefined) return [pads[axis] as number, pads[axis + rank] as number];
    const stride = strides[axis] as number;
    if (typeof dim === 'string' && stride !== 1)
      throw new Error(`${autoPad} with stride ${stride} needs to know the length ${dim}`);
    const beyond = typeof dim === 'string' ? 0 : (Math.ceil(dim / stride) - 1) * stride - dim;
    const total = Math.max(0, beyond + (typeof dim === 'string' ? -1 : 0) + extentOf(window, axis));
    const less = Math.floor(total / 2);
    return autoPad === 'SAME_UPPER' ? [less, total - less] : [total - less, less];
  });
}

/** How many windows fit along each axis. */
export function windowCounts(spatial: Shape, window: Window): Shape {
  const { kernel, strides, dilations, ceilMode = false } = window;
  for (const [name, list] of Object.entries({ kernel, strides, dilations }))
    if (list.length !== spatial.length || list.some((value) => !Number.isInteger(value) || value < 1))
      throw new Error(`${name} ${formatShape(list)} must be ${spatial.length} positive integers`);
  if (window.pads.length !== 2 * spatial.length || window.pads.some((pad) => pad < 0))
    throw new Error(`pads ${formatShape(window.pads)} must be ${2 * spatial.length} numbers, none negative`);
  const pads = padsOf(spatial, window);
  return spatial.map((dim, axis): Dim => {
    const [before, after] = pads[axis] as readonly [number, number];
    const stride = strides[axis] as number;
    const slack = before + after - extentOf(window, axis);
    if (typeof dim === 'string')
      return stride === 1 ? sumOfDims([dim, slack + 1]) : `floor((${dim} + ${slack}) / ${stride}) + 1`;
    if (dim + slack < 0)
      throw new Error(
        `a window of ${extentOf(window, axis)} does not fit into axis ${axis} of ${dim} and its pads`,
      );
    const count = (ceilMode ? Math.ceil : Math.floor)((dim + slack) / stride) + 1;
    return ceilMode && (count - 1) * stride >= dim + before ? count - 1 : count;
  });
}

/** The window's attributes in ONNX. */
export const windowInts = ({ kernel, strides, dilations, pads, autoPad }: Window) => ({
  kernel_shape: kernel,
  strides,
  // An average pool of ONNX has them since opset 19 only, and the runtime's kernel for it is the slower one.
  ...(dilations.some((dilation) => dilation !== 1) && { dilations }),
  ...(autoPad === undefined && { pads }),
});
export const windowStrings = ({ autoPad }: Window): NonNullable<OnnxCall['strings']> =>
  autoPad === undefined ? {} : { auto_pad: autoPad };

/**
 * The settings of the transposed window that leads from `counts` windows back to an input of this size: what the
 * windows left out at the end becomes output padding.
 */
export function transposedWindow(spatial: readonly number[], counts: readonly number[], window: Window) {
  const ends = padsOf(spatial, window).map(([before], axis) => {
    const reach = ((counts[axis] as number) - 1) * (window.strides[axis] as number) + extentOf(window, axis);
    return { before, excess: reach - before - (spatial[axis] as number) };
  });
  return {
    strides: window.strides,
    dilations: window.dilations,
    pads: [...ends.map(({ before }) => before), ...ends.map(({ excess }) => Math.max(0, excess))],
    outputPadding: ends.map(({ excess }) => Math.max(0, -excess)),
  };
}
