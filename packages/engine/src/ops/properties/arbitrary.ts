import * as fc from 'fast-check';
import { test } from 'vitest';
import { createRandom } from '../../random.ts';
import { sizeOfShape } from '../../shape.ts';
import type { Case, Elements } from '../cases/case.ts';
import { check } from '../cases/check.ts';

/** Proves cases drawn at random, the same at every run. */
export function prove(properties: Readonly<Record<string, fc.Arbitrary<Case>>>): void {
  test.each(Object.entries(properties))('%s', async (name, property) => {
    await fc.assert(
      fc.asyncProperty(property, (some) => check(some, true, createRandom(name))),
      { seed: 20, numRuns: 40 },
    );
  });
}

export const upTo = (max: number, min = 0) => fc.integer({ min, max });
export const shapes = (minLength: number, maxLength: number) =>
  fc.array(upTo(3, 1), { minLength, maxLength });
export const each = <T>(count: number, one: fc.Arbitrary<T>) =>
  fc.array(one, { minLength: count, maxLength: count });

/** Some axes of a shape of this rank, counted from the front or from the end. */
export const axesOf = (rank: number) =>
  fc
    .subarray(
      Array.from({ length: rank }, (_, axis) => axis),
      { minLength: 1 },
    )
    .chain((axes) => fc.tuple(...axes.map((axis) => fc.constantFrom(axis, axis - rank))));

/** A shape that broadcasts to `shape`: leading axes may be missing, others be 1. */
export const stretching = (shape: readonly number[]) =>
  fc
    .tuple(upTo(shape.length), each(shape.length, fc.boolean()))
    .map(([from, ones]) => shape.slice(from).map((size, axis) => (ones[axis] ? 1 : size)));

/** The element that a tensor of `shape` shows at a place of what it broadcasts to. */
export const seen = (x: Elements, shape: readonly number[], place: readonly number[]): number =>
  x(...shape.map((size, axis) => (size === 1 ? 0 : (place[axis + place.length - shape.length] as number))));

/** The place that is element `at` of a shape in row-major order, and back. */
export const placeOf = (at: number, shape: readonly number[]): number[] =>
  shape.map((size, axis) => Math.floor(at / sizeOfShape(shape.slice(axis + 1))) % size);
export const orderOf = (place: readonly number[], shape: readonly number[]): number =>
  place.reduce((at, i, axis) => at * (shape[axis] as number) + i, 0);

export const moved = (place: readonly number[], axis: number, to: number): number[] =>
  place.map((i, at) => (at === axis ? to : i));
