import { decodeLatent, gatherExamples, reconstruct, type TrainedModel } from '@banyan/algorithms';
import { encodePng, type Split } from '@banyan/data';

const across = 10;
const gap = 2;

/**
 * A picture of what a vae learned, in three bands: held-out originals, their reconstructions, and a walk in equal steps
 * through the latent space between the two examples that lie farthest apart. Images of three channels are in colour.
 */
export async function drawSamples(model: TrainedModel, test: Split): Promise<Uint8Array> {
  const shape = test.shape.length > 1 ? test.shape : [1, test.shape[0] ?? 1];
  const { height, width, channels, at } = layoutOf(shape);
  const size = height * width * channels;
  const count = Math.min(across, test.rows);
  const x = gatherExamples(
    model.shape,
    test,
    Uint32Array.from({ length: count }, (_, row) => row),
  );
  const { reconstruction, latent } = await reconstruct(model, Float32Array.from(x));
  const walk = await decodeLatent(model, walkBetween(latent, count));

  const drawn = channels === 3 ? 3 : 1;
  const stride = width * across + gap * (across + 1);
  const sheet = new Uint8Array((height * 3 + gap * 4) * stride * drawn).fill(255);
  const scales = [model.shape.image?.scale ?? 1 / 255].flat();
  const shifts = [model.shape.image?.shift ?? 0].flat();
  for (const [band, images] of [x, reconstruction, walk].entries())
    for (let column = 0; column < images.length / size; column++)
      for (let pixel = 0; pixel < height * width; pixel++)
        for (let c = 0; c < drawn; c++) {
          const [y, along] = [Math.floor(pixel / width), pixel % width];
          const raw = images[column * size + at(y, along, c)] ?? 0;
          const value = (raw - shifts[c % shifts.length]!) / scales[c % scales.length]!;
          const row = gap + band * (height + gap) + y;
          sheet[(row * stride + gap + column * (width + gap) + along) * drawn + c] = Math.max(
            0,
            Math.min(255, Math.round(value)),
          );
        }
  return encodePng(sheet, [sheet.length / stride / drawn, stride, drawn]);
}

/** Where a sample of an image lies: [H, W], [H, W, C] or [C, H, W], the shorter end being the channels. */
function layoutOf(shape: readonly number[]): {
  height: number;
  width: number;
  channels: number;
  at: (y: number, x: number, c: number) => number;
} {
  const [a = 1, b = 1, c] = shape;
  if (c === undefined || c < a)
    return { height: a, width: b, channels: c ?? 1, at: (y, x, channel) => (y * b + x) * (c ?? 1) + channel };
  return { height: b, width: c, channels: a, at: (y, x, channel) => (channel * b + y) * c + x };
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
