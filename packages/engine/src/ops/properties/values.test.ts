/** Arithmetic on random small shapes: types, values and derivatives hold for all of them. */
import * as fc from 'fast-check';
import { tensorData } from '../../dtype.ts';
import {
  add,
  div,
  gemm,
  greater,
  matmul,
  maximum,
  minimum,
  mul,
  reduceLogSumExp,
  reduceMax,
  reduceMean,
  reduceSum,
  softmax,
  sub,
  where,
} from '../../operators.ts';
import { sizeOfShape } from '../../shape.ts';
import { type Case, indicesOf, sum } from '../cases/case.ts';
import { axesOf, each, moved, prove, seen, shapes, stretching, upTo } from './arbitrary.ts';

const pairs: Readonly<Record<string, [typeof add, (a: number, b: number) => number]>> = {
  add: [add, (a, b) => a + b],
  sub: [sub, (a, b) => a - b],
  mul: [mul, (a, b) => a * b],
  div: [div, (a, b) => a / b],
  maximum: [maximum, Math.max],
  minimum: [minimum, Math.min],
};

const folds: Readonly<Record<string, [typeof reduceSum, (values: readonly number[]) => number]>> = {
  sum: [reduceSum, (values) => values.reduce((total, value) => total + value, 0)],
  mean: [reduceMean, (values) => values.reduce((total, value) => total + value, 0) / values.length],
  max: [reduceMax, (values) => Math.max(...values)],
  logSumExp: [
    reduceLogSumExp,
    (values) => Math.log(values.reduce((total, value) => total + Math.exp(value), 0)),
  ],
};

prove({
  'elementwise operators broadcast': fc
    .tuple(fc.constantFrom(...Object.values(pairs)), shapes(0, 4))
    .chain(([[build, f], shape]) =>
      fc.tuple(stretching(shape), stretching(shape)).map(
        ([a, b]): Case => ({
          inputs: [a, b],
          build: (x, y) => build(x, y),
          reference:
            (x, y) =>
            (...place) =>
              f(seen(x, a, place), seen(y, b, place)),
          domain: [0.5, 2],
        }),
      ),
    ),

  'where broadcasts all three': shapes(0, 3).chain((shape) =>
    fc.tuple(stretching(shape), stretching(shape), stretching(shape)).map(
      ([c, a, b]): Case => ({
        inputs: [
          tensorData(
            'float32',
            c,
            Array.from({ length: sizeOfShape(c) }, (_, i) => i % 2),
          ),
          a,
          b,
        ],
        build: (condition, x, y) => where(greater(condition, 0.5), x, y),
        reference:
          (condition, x, y) =>
          (...place) =>
            seen(condition, c, place) > 0.5 ? seen(x, a, place) : seen(y, b, place),
      }),
    ),
  ),

  'reductions take any axes': fc
    .tuple(fc.constantFrom(...Object.values(folds)), shapes(1, 4), fc.boolean())
    .chain(([[build, f], shape, keepDims]) =>
      axesOf(shape.length).map((axes): Case => {
        const reduced = axes.map((axis) => (axis < 0 ? axis + shape.length : axis));
        return {
          inputs: [shape],
          build: (x) => build(x, axes, { keepDims }),
          reference:
            (x) =>
            (...place) => {
              const kept = place.values();
              const base = shape.map((_, axis) =>
                reduced.includes(axis)
                  ? keepDims
                    ? Number(kept.next().value)
                    : 0
                  : Number(kept.next().value),
              );
              const inner = indicesOf(shape.map((size, axis) => (reduced.includes(axis) ? size : 1)));
              return f(inner.map((offset) => x(...base.map((i, axis) => i + (offset[axis] as number)))));
            },
        };
      }),
    ),

  'softmax along any axis': shapes(1, 4).chain((shape) =>
    upTo(shape.length - 1).map(
      (axis): Case => ({
        inputs: [shape],
        build: (x) => softmax(x, axis),
        reference:
          (x) =>
          (...place) =>
            Math.exp(x(...place)) / sum(shape[axis] as number, (k) => Math.exp(x(...moved(place, axis, k)))),
      }),
    ),
  ),

  'matmul broadcasts what lies before the matrices': fc
    .tuple(shapes(0, 2), each(3, upTo(3, 1)), fc.boolean(), fc.boolean())
    .chain(([batch, [M, K, N], row, column]) =>
      fc.tuple(stretching(batch), stretching(batch)).map(([before, after]): Case => {
        const a = row ? [K as number] : [...before, M as number, K as number];
        const b = column ? [K as number] : [...after, K as number, N as number];
        return {
          inputs: [a, b],
          build: (x, y) => matmul(x, y),
          reference:
            (x, y) =>
            (...place) => {
              const columns = column ? [] : place.slice(-1);
              const left = column ? place : place.slice(0, -1);
              const rows = row ? [] : left.slice(-1);
              const lead = row ? left : left.slice(0, -1);
              return sum(
                K as number,
                (k) =>
                  (row ? x(k) : seen(x, a, [...lead, ...rows, k])) *
                  (column ? y(k) : seen(y, b, [...lead, k, ...columns])),
              );
            },
        };
      }),
    ),

  'gemm in all its forms': fc
    .tuple(each(3, upTo(3, 1)), fc.boolean(), fc.boolean(), fc.constantFrom(1, 0.5), fc.constantFrom(1, -2))
    .chain(([[M = 1, K = 1, N = 1], transA, transB, alpha, beta]) =>
      stretching([M, N]).map(
        (c): Case => ({
          inputs: [transA ? [K, M] : [M, K], transB ? [N, K] : [K, N], c],
          build: (x, y, z) => gemm(x, y, z, { transA, transB, alpha, beta }),
          reference: (x, y, z) => (i, j) =>
            alpha * sum(K, (k) => (transA ? x(k, i) : x(i, k)) * (transB ? y(j, k) : y(k, j))) +
            beta * seen(z, c, [i, j]),
        }),
      ),
    ),
});
