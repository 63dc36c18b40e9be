import { conv, convTranspose, initializers, linear, relu, reshape, type Tensor } from '@banyan/engine';
import { AlgorithmError, type DataShape } from '../algorithm.ts';
import { exampleSize } from '../fit/batches.ts';
import { fromPlanes, planesOf, toPlanes } from './images.ts';

const { kaiming, normal, xavier, zeros } = initializers;

/** The two networks of a vae, without the linear layers at the code. */
export interface Coder {
  /** Examples x [N, D] to what mean and variance of the code are linear in, [N, H]. */
  encode(widths: CoderWidths, shape: DataShape, x: Tensor): Tensor;
  /** Codes z [N, Z] to what the likelihood makes a mean of, [N, D]. */
  decode(widths: CoderWidths, shape: DataShape, z: Tensor): Tensor;
}

export interface CoderWidths {
  /** Of the dense layers of the encoder, which the decoder mirrors. */
  hidden: number[];
  /** Of its convolutions, from the image on. */
  channels: number[];
}

/** W h + b: [N, in] to [N, width]. */
export function dense(name: string, width: number, h: Tensor, initial = xavier): Tensor {
  const w = h.graph.parameter(`${name}.weight`, [h.shape[1] as number, width], initial);
  return linear(h, w, h.graph.parameter(`${name}.bias`, [width], zeros));
}

/** relu layers of these widths on [N, in]. */
const denseLayers = (name: string, widths: readonly number[], x: Tensor): Tensor =>
  widths.reduce((h, width, l) => relu(dense(`${name}.${l}`, width, h, kaiming)), x);

const STRIDE = 2;
const KERNEL = 4;

/** [C, H, W] of the image and of what each convolution, two pixels a step, makes of it: half the size, rounded up. */
function sizesOf({ channels }: CoderWidths, shape: DataShape): (readonly [number, number, number])[] {
  if (shape.kind !== 'image')
    throw new AlgorithmError(
      'config',
      `a convolutional architecture is for images, not for ${shape.kind} data: set architecture to dense`,
    );
  const sizes = [planesOf(shape)];
  for (const count of channels) {
    const [, height, width] = sizes.at(-1)!;
    sizes.push([count, Math.ceil(height / STRIDE), Math.ceil(width / STRIDE)]);
  }
  return sizes;
}

export const coders: Record<'dense' | 'convolutional', Coder> = {
  dense: {
    encode: ({ hidden }, _, x) => denseLayers('encoder', hidden, x),
    decode: ({ hidden }, shape, z) =>
      dense('decoder.output', exampleSize(shape.shape), denseLayers('decoder', hidden.toReversed(), z)),
  },

  /** Convolutions and dense layers down to the code; dense layers and transposed convolutions up again. */
  convolutional: {
    encode(widths, shape, x) {
      const sizes = sizesOf(widths, shape);
      let h = toPlanes(shape, reshape(x, [x.shape[0]!, ...shape.shape]));
      for (const [l, [count]] of sizes.slice(1).entries()) {
        const inner = sizes[l]![0];
        const initial = normal(Math.sqrt(2 / (inner * KERNEL ** 2)));
        const w = x.graph.parameter(
          `encoder.convolutions.${l}.weight`,
          [count, inner, KERNEL, KERNEL],
          initial,
        );
        const b = x.graph.parameter(`encoder.convolutions.${l}.bias`, [count], zeros);
        h = relu(conv(h, w, b, { strides: STRIDE, autoPad: 'SAME_UPPER' }));
      }
      return denseLayers('encoder', widths.hidden, reshape(h, [x.shape[0]!, exampleSize(sizes.at(-1)!)]));
    },

    decode(widths, shape, z) {
      const sizes = sizesOf(widths, shape).toReversed();
      const smallest = sizes[0]!;
      const planes = relu(
        dense(
          'decoder.planes',
          exampleSize(smallest),
          denseLayers('decoder', widths.hidden.toReversed(), z),
          kaiming,
        ),
      );
      let h = reshape(planes, [z.shape[0]!, ...smallest]);
      for (const [l, [count, ...outputShape]] of sizes.slice(1).entries()) {
        const inner = sizes[l]![0];
        const last = l === sizes.length - 2;
        // A pixel of the output gets something from every second place of the kernel, along both axes.
        const initial = normal(Math.sqrt((last ? 1 : 2) / (inner * (KERNEL / STRIDE) ** 2)));
        const w = z.graph.parameter(
          `decoder.convolutions.${l}.weight`,
          [inner, count, KERNEL, KERNEL],
          initial,
        );
        const b = z.graph.parameter(`decoder.convolutions.${l}.bias`, [count], zeros);
        const y = convTranspose(h, w, b, { strides: STRIDE, autoPad: 'SAME_UPPER', outputShape });
        h = last ? y : relu(y);
      }
      return reshape(fromPlanes(shape, h), [z.shape[0]!, exampleSize(shape.shape)]);
    },
  },
};
