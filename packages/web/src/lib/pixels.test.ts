import { expect, test } from 'vitest';
import { fromRgba, imageSize, toRgba } from './pixels.ts';

test('pixels go to a canvas and come back', () => {
  expect(imageSize([28, 20])).toEqual({ height: 28, width: 20, channels: 1 });
  expect(imageSize([3, 32, 16])).toEqual({ height: 32, width: 16, channels: 3 });
  expect(imageSize([32, 16, 3])).toEqual({ height: 32, width: 16, channels: 3 });
  expect(fromRgba(toRgba([0, 128, 255, 7], 1), 1)).toEqual([0, 128, 255, 7]);
  expect(fromRgba(toRgba([1, 2, 3, 40, 50, 60], 3), 3)).toEqual([1, 2, 3, 40, 50, 60]);
  expect(fromRgba(toRgba([0, 0.5, 1], 1), 1)).toEqual([0, 128, 255]);
});
