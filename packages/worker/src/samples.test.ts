import { inflateSync } from 'node:zlib';
import { type FitData, fit, type TrainedModel } from '@banyan/algorithms';
import { expect, it } from 'vitest';
import { drawSamples } from './samples.ts';

async function trained(config: Record<string, unknown>, data: FitData): Promise<TrainedModel> {
  const events = fit('vae', config, data, { seed: 1, threads: 1 });
  let next = await events.next();
  while (!next.done) next = await events.next();
  return next.value;
}

/** A PNG's size, and the bytes of a line of it. */
function opened(png: Buffer) {
  const [width, height] = [png.readUInt32BE(16), png.readUInt32BE(20)];
  const at = png.indexOf('IDAT');
  const bytes = inflateSync(png.subarray(at + 4, at + 4 + png.readUInt32BE(at - 4)));
  const stride = bytes.length / height;
  expect([width + 1, 3 * width + 1]).toContain(stride);
  return {
    width,
    height,
    line: (y: number) => bytes.subarray(y * stride + 1, (y + 1) * stride),
  };
}

it('draws originals, reconstructions and a walk as a PNG', async () => {
  const [rows, shape] = [40, [6, 5]];
  const x = Uint8Array.from({ length: rows * 30 }, (_, at) => (at % 5 === Math.floor(at / 30) % 5 ? 255 : 0));
  const split = { rows, shape, x };
  const data: FitData = {
    shape: { kind: 'image', task: 'reconstruction', shape },
    train: split,
    valid: split,
  };
  const model = await trained({ latent: 2, epochs: 1 }, data);

  const { width, height, line } = opened(Buffer.from(await drawSamples(model, split)));
  expect([width, height]).toEqual([10 * 5 + 11 * 2, 3 * 6 + 4 * 2]);
  // The first original begins below and right of the white border: its column 0 is lit, its column 1 is dark.
  expect([...line(2).subarray(1, 4)]).toEqual([255, 255, 0]);
});

it('draws images of three channels in their colours, whatever their normalising', async () => {
  const [rows, shape] = [40, [6, 5, 3]];
  // Red, green or blue in one third of the columns each.
  const x = Uint8Array.from({ length: rows * 90 }, (_, at) =>
    at % 3 === (Math.floor(at / 3) % 5) % 3 ? 250 : 10,
  );
  const split = { rows, shape, x };
  const image = { scale: [1 / 50, 1 / 60, 1 / 70], shift: [-2, -1, 0.5] };
  const data: FitData = {
    shape: { kind: 'image', task: 'reconstruction', shape, image },
    train: split,
    valid: split,
  };
  const config = { latent: 2, epochs: 1, likelihood: 'gaussian' };
  const model = await trained(config, data);
  const { width, line } = opened(Buffer.from(await drawSamples(model, split)));
  expect(width).toBe(10 * 5 + 11 * 2);
  expect(line(0).subarray(0, 6)).toEqual(Buffer.alloc(6, 255));
  expect([...line(2).subarray(6, 21)]).toEqual([...x.subarray(0, 15)]);
});
