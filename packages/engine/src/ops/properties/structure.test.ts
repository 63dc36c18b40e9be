/** What rearranges elements, on random small shapes. */
import * as fc from 'fast-check';
import { concat, expand, gather, pad, reshape, slices, split, tile, transpose } from '../../operators.ts';
import { sizeOfShape } from '../../shape.ts';
import type { Tensor } from '../../tensor.ts';
import { type Case, ids } from '../cases/case.ts';
import { each, moved, orderOf, placeOf, prove, seen, shapes, stretching, upTo } from './arbitrary.ts';

prove({
  'reshape keeps the order of elements': fc
    .tuple(shapes(0, 4), upTo(4))
    .chain(([shape, cut]) =>
      fc.constant([
        shape,
        [sizeOfShape(shape.slice(0, cut)), -1, ...shape.slice(cut, cut + 1).map(() => 1)],
      ] as const),
    )
    .map(
      ([shape, to]): Case => ({
        inputs: [shape],
        build: (x) => reshape(x, to),
        reference:
          (x) =>
          (...place) => {
            const whole = to.map((size) => (size === -1 ? sizeOfShape(shape) / to[0] : size));
            return x(...placeOf(orderOf(place, whole), shape));
          },
      }),
    ),

  'transpose in any order': shapes(1, 4).chain((shape) =>
    fc
      .shuffledSubarray(
        shape.map((_, axis) => axis),
        { minLength: shape.length },
      )
      .map(
        (order): Case => ({
          inputs: [shape],
          build: (x) => transpose(x, order),
          reference:
            (x) =>
            (...place) =>
              x(...shape.map((_, axis) => place[order.indexOf(axis)] as number)),
        }),
      ),
  ),

  'what is split and joined in another order': fc
    .tuple(shapes(1, 3), upTo(2), each(3, upTo(2, 1)))
    .map(([shape, at, sizes]): Case => {
      const axis = at % shape.length;
      const total = sizes.reduce((sum, size) => sum + size, 0);
      const [first = 0, second = 0] = sizes;
      const order = Array.from({ length: total }, (_, i) => i);
      const from = [
        ...order.slice(first + second),
        ...order.slice(0, first),
        ...order.slice(first, first + second),
      ];
      return {
        inputs: [moved(shape, axis, total)],
        build(x) {
          const [a, b, c] = split(x, sizes, axis) as [Tensor, Tensor, Tensor];
          return concat([c, a, b], axis);
        },
        reference:
          (x) =>
          (...place) =>
            x(...moved(place, axis, from[place[axis] as number] as number)),
      };
    }),

  'slices of any start, end and step': shapes(1, 3)
    .chain((shape) =>
      fc.tuple(
        fc.constant(shape),
        fc.tuple(
          ...shape.map((size) =>
            fc.record({
              start: fc.integer({ min: -size, max: size - 1 }),
              length: upTo(size, 1),
              step: fc.constantFrom(1, 2, -1, -2),
            }),
          ),
        ),
      ),
    )
    .map(([shape, ranges]): Case => {
      const firsts = ranges.map(({ start }, axis) => (start < 0 ? start + (shape[axis] as number) : start));
      return {
        inputs: [shape],
        build: (x) =>
          slices(
            x,
            ranges.map(({ start, length, step }, axis) => {
              const end = (firsts[axis] as number) + Math.sign(step) * length;
              return { axis, start, step, ...(end >= 0 && { end }) };
            }),
          ),
        reference:
          (x) =>
          (...place) =>
            x(...place.map((i, axis) => (firsts[axis] as number) + i * (ranges[axis]?.step ?? 1))),
      };
    }),

  'borders added and cut off': shapes(1, 3)
    .chain((shape) =>
      fc.tuple(
        fc.constant(shape),
        fc.tuple(...shape.map((size) => fc.integer({ min: 1 - size, max: 2 }))),
        each(shape.length, upTo(2)),
      ),
    )
    .map(
      ([shape, before, after]): Case => ({
        inputs: [shape],
        build: (x) => pad(x, before, after, 3),
        reference:
          (x) =>
          (...place) => {
            const from = place.map((i, axis) => i - (before[axis] as number));
            return from.every((i, axis) => i >= 0 && i < (shape[axis] as number)) ? x(...from) : 3;
          },
      }),
    ),

  'expansion and tiling': shapes(1, 3).chain((shape) =>
    fc.tuple(stretching(shape), each(shape.length, upTo(3, 1))).map(
      ([from, repeats]): Case => ({
        inputs: [from],
        build: (x) => tile(expand(x, shape), repeats),
        reference:
          (x) =>
          (...place) =>
            seen(
              x,
              from,
              place.map((i, axis) => i % (shape[axis] as number)),
            ),
      }),
    ),
  ),

  'gathering along any axis': fc
    .tuple(shapes(1, 3), shapes(0, 2), upTo(2), upTo(100))
    .map(([shape, indices, at, seed]): Case => {
      const axis = at % shape.length;
      const length = shape[axis] as number;
      const values = Array.from(
        { length: sizeOfShape(indices) },
        (_, i) => ((i * 7 + seed) % (2 * length)) - length,
      );
      return {
        inputs: [shape, ids(indices, values)],
        build: (x, from) => gather(x, from, axis),
        reference:
          (x, from) =>
          (...place) => {
            const row = from(...place.slice(axis, axis + indices.length));
            const after = place.slice(axis + indices.length);
            return x(...place.slice(0, axis), row < 0 ? row + length : row, ...after);
          },
      };
    }),
});
