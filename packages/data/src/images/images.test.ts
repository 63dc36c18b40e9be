import { createHash } from 'node:crypto';
import { createRandom } from '@banyan/engine';
import { expect, test } from 'vitest';
import { augmentPixels, movePixels } from './augment.ts';
import { cropPixels, type Pixels, resizePixels, withChannels } from './resize.ts';

const image = (height: number, width: number, channels: number, data: ArrayLike<number>): Pixels => ({
  height,
  width,
  channels,
  data: Uint8Array.from(data),
});
/** 37 x 53 pixels in three colours, without any order: what a filter gets wrong shows. */
const noise = image(
  37,
  53,
  3,
  Array.from({ length: 37 * 53 * 3 }, (_, i) => (i * i * 7 + i * 13 + Math.floor(i / 159) * 91) % 256),
);
const sha256 = ({ data }: Pixels) => createHash('sha256').update(data).digest('hex').slice(0, 16);

/**
 * By Pillow 13.0.0: `Image.fromarray(a.reshape(37, 53, 3)).resize((W, H), filter)`, then `convert('L')`, of the same noise.
 */
test.each([
  ['bilinear', [16, 16], 'ad21a26d1c273579', 'bccf6497b315e73e'],
  ['bilinear', [80, 64], 'b686678ab69ccfdb', '4360d0f97bd5fda7'],
  ['bilinear', [37, 20], 'edf4a26994439870', 'e6a6c6548da50f5a'],
  ['bilinear', [3, 101], 'b5763ecfb8e76136', 'f449c359f9d828db'],
  ['nearest', [16, 16], '0f198364c314fef9', '3e9fb33f9e15fc38'],
  ['nearest', [80, 64], 'd863d74b3ca56b60', '61e5b311afb158b3'],
] as const)('%s to %j is what Pillow makes, byte for byte; so is its grey', (filter, size, colours, grey) => {
  const resized = resizePixels(noise, size, filter);
  expect([sha256(resized), sha256(withChannels(resized, 1))]).toEqual([colours, grey]);
});

test('bilinear by hand: two pixels of four, each with a little of its neighbours', () => {
  // A triangle 2 pixels wide on either side, at 0.25 and 0.75 of a pixel from its middle: 3, 3 and 1 parts of 7.
  const { data } = resizePixels(image(1, 4, 1, [0, 70, 140, 210]), [1, 2], 'bilinear');
  expect([...data]).toEqual([(70 * 3 + 140) / 7, (210 * 3 + 140 * 3 + 70) / 7]);
});

test('the middle is kept; what cannot be shared evenly goes below and on the right', () => {
  const grid = image(3, 4, 1, [0, 1, 2, 3, 10, 11, 12, 13, 20, 21, 22, 23]);
  expect([...cropPixels(grid, [2, 2]).data]).toEqual([1, 2, 11, 12]);
  expect([...cropPixels(grid, [1, 3]).data]).toEqual([10, 11, 12]);
});

test('colours become grey by ITU-R 601, grey becomes three equal colours, and what is clear lies on white', () => {
  const colours = image(1, 4, 3, [255, 0, 0, 0, 255, 0, 0, 0, 255, 255, 255, 255]);
  expect([...withChannels(colours, 1).data]).toEqual([76, 150, 29, 255]);
  expect([...withChannels(image(1, 2, 1, [7, 9]), 3).data]).toEqual([7, 7, 7, 9, 9, 9]);
  expect([...withChannels(image(1, 2, 4, [10, 20, 30, 0, 0, 100, 200, 51]), 3).data]).toEqual([
    255, 255, 255, 204, 224, 244,
  ]);
});

test('flips, moves and quarter turns, by hand', () => {
  const grid = image(3, 3, 1, [1, 2, 3, 4, 5, 6, 7, 8, 9]);
  const moved = (change: Partial<Parameters<typeof movePixels>[1]>) => [
    ...movePixels(grid, { angle: 0, down: 0, right: 0, ...change }).data,
  ];
  expect(moved({ flip: 'horizontal' })).toEqual([3, 2, 1, 6, 5, 4, 9, 8, 7]);
  expect(moved({ flip: 'vertical' })).toEqual([7, 8, 9, 4, 5, 6, 1, 2, 3]);
  expect(moved({ down: 1, right: -1 })).toEqual([2, 3, 3, 2, 3, 3, 5, 6, 6]);
  expect(moved({ angle: Math.PI / 2 })).toEqual([3, 6, 9, 2, 5, 8, 1, 4, 7]);
  // Half of an eighth turn: the middle stays, corners come from beyond and repeat the border.
  expect(moved({ angle: Math.PI })).toEqual([9, 8, 7, 6, 5, 4, 3, 2, 1]);
});

test('the same stream changes an image the same way, another in another', () => {
  const options = { flip: 'horizontal', shift: 3, rotate: 15, noise: 5 } as const;
  const of = (seed: number) => sha256(augmentPixels(noise, options, createRandom(seed)));
  expect(of(1)).toBe(of(1));
  expect(new Set([1, 2, 3, 4, 5].map(of)).size).toBe(5);
});

test('noise has the deviation that it says, about the image', () => {
  const grey = image(100, 100, 1, new Uint8Array(10_000).fill(128));
  const { data } = augmentPixels(grey, { shift: 0, rotate: 0, noise: 10 }, createRandom(4));
  const mean = data.reduce((sum, value) => sum + value, 0) / 10_000;
  const variance = data.reduce((sum, value) => sum + (value - mean) ** 2, 0) / 10_000;
  expect(Math.abs(mean - 128)).toBeLessThan(0.5);
  expect(Math.abs(Math.sqrt(variance) - 10)).toBeLessThan(0.5);
});
