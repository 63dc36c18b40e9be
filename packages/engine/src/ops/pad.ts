import { tensorData } from '../dtype.ts';
import type { PadMode } from '../functions/shape.ts';
import { gather, pad, slice } from '../operators.ts';
import { sumOfDims } from '../shape.ts';
import type { Op, Tensor } from '../tensor.ts';
import { throughComposition } from './composite.ts';
import { operator } from './operator.ts';
import { int64s } from './shape.ts';

interface PadAttributes {
  before: readonly number[];
  after: readonly number[];
  value: number;
  mode: PadMode;
}

/** Where the element at `place` of a padded axis comes from. */
const sources: Readonly<Record<Exclude<PadMode, 'constant'>, (place: number, length: number) => number>> = {
  edge: (place, length) => Math.min(length - 1, Math.max(0, place)),
  wrap: (place, length) => ((place % length) + length) % length,
  reflect(place, length) {
    const period = Math.max(1, 2 * (length - 1));
    const at = ((place % period) + period) % period;
    return at < length ? at : period - at;
  },
};

/** Padding by elements of x itself: a gather along each axis. */
function gathered(
  x: Tensor,
  { before, after }: PadAttributes,
  source: (place: number, length: number) => number,
) {
  return x.shape.reduce((y: Tensor, dim, axis) => {
    const [head = 0, tail = 0] = [before[axis], after[axis]];
    if (head === 0 && tail === 0) return y;
    if (typeof dim !== 'number') throw new Error(`the gradient of Pad needs to know the length ${dim}`);
    const places = Array.from({ length: head + dim + tail }, (_, place) => source(place - head, dim));
    return gather(y, x.graph.constant(places, [places.length], 'int64'), axis);
  }, x);
}

/** What negative borders cut off. */
const cut = (sizes: readonly number[]): number[] => sizes.map((size) => Math.max(0, -size));

export const padding = {
  /** Negative borders cut off. */
  Pad: operator<readonly [Tensor], PadAttributes>({
    infer([x], { before, after }) {
      if (before.length !== x.shape.length || after.length !== x.shape.length)
        throw new Error(`${x.shape.length} borders are needed on each side, one an axis`);
      const shape = x.shape.map((dim, axis) => sumOfDims([dim, (before[axis] ?? 0) + (after[axis] ?? 0)]));
      return [{ dtype: x.dtype, shape }];
    },
    emit: ({ type, inputs: [x], attributes: { before, after, value, mode } }) => ({
      type,
      inputs: [
        x,
        int64s([...before, ...after]),
        ...(mode === 'constant' ? [tensorData(x.dtype, [], [value])] : []),
      ],
      strings: mode === 'constant' ? {} : { mode },
    }),
    grad(g, node, gs) {
      const { mode, before, after } = node.attributes;
      if (mode !== 'constant')
        return throughComposition<readonly [Tensor], PadAttributes>(([x], attributes) => [
          gathered(x, attributes, sources[mode]),
        ])(g, node, gs);
      const inner = node.inputs[0].shape.reduce((inner: Tensor, _, axis) => {
        const [head, tail] = [Math.max(0, before[axis] ?? 0), Math.max(0, after[axis] ?? 0)];
        return head + tail === 0 ? inner : slice(inner, axis, head, tail === 0 ? undefined : -tail);
      }, g);
      return [[...before, ...after].some((size) => size < 0) ? pad(inner, cut(before), cut(after)) : inner];
    },
  }),
} satisfies Record<string, Op>;
