/** Convolutions and pools of random geometry. */
import * as fc from 'fast-check';
import { sizeOfShape } from '../../shape.ts';
import {
  averagePoolCase,
  type ConvCase,
  convolutionCase,
  maxPoolCase,
  transposedCase,
} from '../cases/windows.ts';
import { each, prove, upTo } from './arbitrary.ts';

/** A window along each axis that fits into its sizes, with pads that are smaller than it. */
const windows = (axes: number, dilated: boolean) =>
  fc
    .record({
      sizes: each(axes, upTo(6, 1)),
      kernel: each(axes, upTo(3, 1)),
      strides: each(axes, upTo(3, 1)),
      dilations: each(axes, upTo(dilated ? 2 : 1, 1)),
      before: each(axes, upTo(2)),
      after: each(axes, upTo(2)),
    })
    .filter(({ sizes, kernel, dilations, before, after }) =>
      sizes.every((size, axis) => {
        const [k, head, tail] = [kernel[axis] as number, before[axis] as number, after[axis] as number];
        const extent = (k - 1) * (dilations[axis] as number) + 1;
        return size + head + tail >= extent && head < k && tail < k;
      }),
    );

const convolutions = fc.integer({ min: 1, max: 2 }).chain((axes) =>
  fc
    .record({
      window: windows(axes, true),
      N: upTo(2, 1),
      groups: upTo(2, 1),
      inner: upTo(2, 1),
      outer: upTo(2, 1),
      bias: fc.boolean(),
      added: each(axes, upTo(2)),
    })
    .map(({ window: { sizes, kernel, before, after, ...steps }, N, groups, inner, outer, bias, added }) => ({
      forward: {
        x: [N, groups * inner, ...sizes],
        w: [groups * outer, inner, ...kernel],
        bias,
        ...steps,
        before,
        options: { groups, ...steps, pads: [...before, ...after] },
      } satisfies ConvCase,
      transposed: {
        x: [N, groups * inner, ...sizes],
        w: [groups * inner, outer, ...kernel],
        bias,
        ...steps,
        before,
        options: {
          groups,
          ...steps,
          pads: [...before, ...after],
          outputPadding: added.map((more, axis) => more % (steps.strides[axis] as number)),
        },
      } satisfies ConvCase,
      lengths: sizes.map(
        (size, axis) =>
          (size - 1) * (steps.strides[axis] as number) +
          ((kernel[axis] as number) - 1) * (steps.dilations[axis] as number) +
          1 -
          (before[axis] as number) -
          (after[axis] as number),
      ),
    })),
);

const pools = fc.integer({ min: 1, max: 2 }).chain((axes) =>
  fc
    .record({ window: windows(axes, false), N: upTo(2, 1), C: upTo(2, 1), countPads: fc.boolean() })
    .map(({ window: { sizes, kernel, strides, before, after }, N, C, countPads }) => ({
      pool: { x: [N, C, ...sizes], kernel, strides, before },
      options: { strides, pads: [...before, ...after] },
      countPads,
    })),
);

prove({
  convolution: convolutions.map(({ forward }) => convolutionCase(forward)),
  'transposed convolution': convolutions
    .filter(({ lengths }) => lengths.every((length) => length >= 1))
    .map(({ transposed }) => transposedCase(transposed)),
  'maximum pooling': pools.map(({ pool, options }) => maxPoolCase({ ...pool, options })),
  'average pooling': pools.map(({ pool, options, countPads }) =>
    averagePoolCase({
      ...pool,
      options: { ...options, countPads },
      ...(countPads && { count: sizeOfShape(pool.kernel) }),
    }),
  ),
});
