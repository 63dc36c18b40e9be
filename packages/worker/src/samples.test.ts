import { inflateSync } from 'node:zlib';
import { type FitData, fit } from '@banyan/algorithms';
import { expect, it } from 'vitest';
import { drawSamples } from './samples.ts';

it('draws originals, reconstructions and a walk as a PNG', async () => {
  const [rows, shape] = [40, [6, 5]];
  const x = Uint8Array.from({ length: rows * 30 }, (_, at) => (at % 5 === Math.floor(at / 30) % 5 ? 255 : 0));
  const split = { rows, shape, x };
  const data: FitData = {
    shape: { kind: 'image', task: 'reconstruction', shape },
    train: split,
    valid: split,
  };
  const events = fit('vae', { latent: 2, epochs: 1 }, data, { seed: 1, threads: 1 });
  let next = await events.next();
  while (!next.done) next = await events.next();

  const png = Buffer.from(await drawSamples(next.value, split));
  const [width, height] = [png.readUInt32BE(16), png.readUInt32BE(20)];
  expect([width, height]).toEqual([10 * 5 + 11 * 2, 3 * 6 + 4 * 2]);
  const at = png.indexOf('IDAT');
  const pixels = inflateSync(png.subarray(at + 4, at + 4 + png.readUInt32BE(at - 4)));
  expect(pixels).toHaveLength(height * (width + 1));
  // The first original begins below and right of the white border: its column 0 is lit, its column 1 is dark.
  const line = pixels.subarray(2 * (width + 1), 3 * (width + 1));
  expect([line[0], line[1], line[3], line[4]]).toEqual([0, 255, 255, 0]);
});
