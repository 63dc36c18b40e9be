import { createRandom } from '@banyan/engine';
import { expect, test } from 'vitest';
import type { DataShape } from '../algorithm.ts';
import { augment } from './augmentation.ts';

const shapeOf = (...shape: number[]): DataShape => ({ kind: 'image', task: 'regression', shape });
const repeat = (image: readonly number[], times: number): Float32Array =>
  Float32Array.from({ length: image.length * times }, (_, i) => image[i % image.length]!);
const imagesOf = (x: Float32Array, size: number): string[] =>
  Array.from({ length: x.length / size }, (_, i) => x.subarray(i * size, (i + 1) * size).join(' '));

test('images are moved by each number of pixels that is allowed, and repeat their border', () => {
  const x = repeat([1, 2, 3, 4, 5, 6], 400);
  const moved = augment({ shift: 1, mirror: false }, shapeOf(2, 3), x, createRandom(1));
  const rows = { '-1': [4, 4], '0': [1, 4], '1': [1, 1] };
  const columns = [
    [1, 2, 2],
    [0, 1, 2],
    [0, 0, 1],
  ];
  const all = Object.values(rows).flatMap((firsts) =>
    columns.map((offsets) => firsts.flatMap((first) => offsets.map((offset) => first + offset)).join(' ')),
  );
  expect([...new Set(imagesOf(moved, 6))].sort()).toEqual(all.sort());
});

test('channels move together, before or behind the pixels', () => {
  const options = { shift: 2, mirror: true };
  // Of each pixel the second channel is ten times the first.
  const before = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 20, 30, 40, 50, 60, 70, 80, 90];
  const behind = [1, 2, 3, 4, 5, 6, 7, 8, 9].flatMap((pixel) => [pixel, 10 * pixel]);
  const first = augment(options, shapeOf(2, 3, 3), repeat(before, 50), createRandom(2));
  const last = augment(options, shapeOf(3, 3, 2), repeat(behind, 50), createRandom(2));
  for (let image = 0; image < 50; image++)
    for (let pixel = 0; pixel < 9; pixel++) {
      const value = first[image * 18 + pixel]!;
      expect(first[image * 18 + 9 + pixel]).toBe(10 * value);
      expect([...last.subarray(image * 18 + 2 * pixel, image * 18 + 2 * pixel + 2)]).toEqual([
        value,
        10 * value,
      ]);
    }
});

test('mirroring alone turns about half of them around; nothing asked, nothing copied', () => {
  const x = repeat([1, 2, 3], 200);
  const turned = imagesOf(augment({ shift: 0, mirror: true }, shapeOf(1, 3), x, createRandom(3)), 3);
  const count = turned.filter((image) => image === '3 2 1').length;
  expect(count + turned.filter((image) => image === '1 2 3').length).toBe(200);
  expect(count).toBeGreaterThan(70);
  expect(count).toBeLessThan(130);
  expect(augment({ shift: 0, mirror: false }, shapeOf(1, 3), x, createRandom(3))).toBe(x);
});
