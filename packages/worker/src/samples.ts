import { decodeLatent, reconstruct, type TrainedModel } from '@banyan/algorithms';
import { encodePng, type Split } from '@banyan/data';

const across = 10;
const gap = 2;

/**
 * A picture of what a vae learned, in three bands: held-out originals, their reconstructions, and a walk in equal steps
 * through the latent space between the two examples that lie farthest apart.
 */
export async function drawSamples(model: TrainedModel, test: Split): Promise<Uint8Array> {
  const [height = 1, width = 1] = test.shape.length === 3 ? test.shape.slice(0, 2) : test.shape;
  const channels = test.shape[2] ?? 1;
  const size = height * width * channels;
  const count = Math.min(across, test.rows);
  const { scale, shift } = model.shape.image ?? { scale: 1 / 255, shift: 0 };
  const raw = test.x.subarray(0, count * size);
  const x = Float32Array.from(raw, (value) => (test.x instanceof Uint8Array ? value * scale + shift : value));
  const { reconstruction, latent } = await reconstruct(model, x);
  const walk = await decodeLatent(model, walkBetween(latent, count));

  const sheet = new Uint8Array((height * 3 + gap * 4) * (width * across + gap * (across + 1))).fill(255);
  const stride = width * across + gap * (across + 1);
  for (const [band, images] of [x, reconstruction, walk].entries())
    for (let column = 0; column < images.length / size; column++)
      for (let pixel = 0; pixel < height * width; pixel++) {
        const [y, along] = [Math.floor(pixel / width), pixel % width];
        const value = ((images[column * size + pixel * channels] ?? 0) - shift) / scale;
        const row = gap + band * (height + gap) + y;
        sheet[row * stride + gap + column * (width + gap) + along] = Math.max(
          0,
          Math.min(255, Math.round(value)),
        );
      }
  return encodePng(sheet, [sheet.length / stride, stride]);
}

/** `across` codes on the straight line between the two codes that lie farthest apart. */
function walkBetween(latent: Float32Array, count: number): Float32Array {
  const length = latent.length / count;
  const codes = Array.from({ length: count }, (_, at) => latent.subarray(at * length, (at + 1) * length));
  const pairs = codes.flatMap((from) => codes.map((to) => ({ from, to, apart: distance(from, to) })));
  const { from, to } = pairs.reduce((best, pair) => (pair.apart > best.apart ? pair : best));
  return Float32Array.from({ length: across * length }, (_, at) => {
    const share = Math.floor(at / length) / (across - 1);
    const z = at % length;
    return (from[z] ?? 0) * (1 - share) + (to[z] ?? 0) * share;
  });
}

const distance = (a: Float32Array, b: Float32Array): number =>
  Math.hypot(...a.map((value, z) => value - (b[z] ?? 0)));
