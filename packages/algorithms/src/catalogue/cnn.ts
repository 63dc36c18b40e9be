import {
  averagePool,
  conv,
  groupNormalization,
  initializers,
  maxPool,
  reshape,
  type Tensor,
} from '@banyan/engine';
import { z } from 'zod';
import { type Algorithm, AlgorithmError, type DataShape } from '../algorithm.ts';
import { exampleSize } from '../fit/batches.ts';
import { augment, augmentationFields } from './augmentation.ts';
import { activations, feedForward, feedForwardFields, maskFeeds, maskInputs } from './feed-forward.ts';
import { toPlanes } from './images.ts';
import {
  headWidth,
  simplestFor,
  supervisedAnswer,
  supervisedFeeds,
  supervisedProgram,
} from './supervised.ts';
import { advanced, classifierFields, epochFields, epochPlan } from './training-fields.ts';

const { normal, ones, zeros } = initializers;

const config = z.strictObject({
  channels: z
    .array(z.int().min(1).max(2048))
    .min(1)
    .max(8)
    .default([16, 32, 64])
    .describe('Kernels of each stage; after each the image is made smaller.'),
  convolutions: z
    .int()
    .min(1)
    .max(4)
    .default(1)
    .describe('Convolutions of each stage, on top of each other.')
    .meta(advanced),
  kernel: z.int().min(1).max(15).default(3).describe('Height and width of a kernel in pixels.'),
  padding: z
    .enum(['same', 'first', 'none'])
    .default('same')
    .describe(
      'Zeros around images so that a convolution keeps their size: around all, around the first only (LeNet-5), or none.',
    )
    .meta(advanced),
  pooling: z
    .enum(['max', 'average'])
    .default('max')
    .describe('What is kept of each window when a stage makes the image smaller.')
    .meta(advanced),
  pool: z
    .int()
    .min(1)
    .max(8)
    .default(2)
    .describe('Height and width of these windows; 1 keeps the size.')
    .meta(advanced),
  normalisation: z
    .enum(['none', 'group'])
    .default('group')
    .describe('Bring groups of channels of every image to mean 0 and deviation 1 after each convolution.')
    .meta(advanced),
  // No hidden layers: with thousands of inputs, none below zero, their units fall silent at these learning rates.
  ...feedForwardFields({ hidden: [], activation: 'relu', dropout: 0 }),
  ...augmentationFields,
  ...classifierFields,
  ...epochFields({
    epochs: 20,
    batchSize: 64,
    learningRate: 2e-3,
    weightDecay: 0.05,
    patience: 5,
    clipNorm: 0,
  }),
});

type CnnConfig = z.infer<typeof config>;

/** Channels that are normalised together, where their number allows it. */
const CHANNELS_A_GROUP = 8;

/** Channels fall into groups of eight, or of the most below that divides their number. */
function groupsOf(channels: number): number {
  let size = Math.min(CHANNELS_A_GROUP, channels);
  while (channels % size !== 0) size--;
  return channels / size;
}

/**
 * W * h + b with a kernel [M, C, k, k]: h [N, C, H, W] to [N, M, H', W']; normalised, a shift of each channel takes b's
 * place.
 *
 * Groups of channels are normalised, not the batch (Wu and He, "Group Normalization", 2018): there are no running
 * averages, which gradient descent would not train, so training and answering are one formula, small batches do no harm,
 * and no example has a part in another's answer.
 */
function convolve(name: string, config: CnnConfig, h: Tensor, channels: number, padded: boolean): Tensor {
  const { graph } = h;
  const { kernel, activation, normalisation } = config;
  const inner = h.shape[1] as number;
  const gain = activation === 'relu' || activation === 'gelu' ? 2 : 1;
  const initial = normal(Math.sqrt(gain / (inner * kernel ** 2)));
  const w = graph.parameter(`${name}.weight`, [channels, inner, kernel, kernel], initial);
  const b = graph.parameter(`${name}.bias`, [channels], zeros);
  // An even kernel has no middle: the pixel more is after it.
  const pads = [0, 0, 1, 1].map((after) => (padded ? Math.floor((kernel - 1 + after) / 2) : 0));
  requireRoom(h, kernel - (pads[0]! + pads[2]!), 'a kernel');
  if (normalisation === 'none') return conv(h, w, b, { pads });
  const scale = graph.parameter(`${name}.scale`, [channels], ones);
  return groupNormalization(conv(h, w, undefined, { pads }), groupsOf(channels), scale, b);
}

function requireRoom({ shape: [, , height, width] }: Tensor, size: number, what: string): void {
  if (Number(height) >= size && Number(width) >= size) return;
  throw new AlgorithmError(
    'config',
    `${what} of ${size} x ${size} does not fit into the ${height} x ${width} pixels that the stages before leave: take fewer stages (channels), or a smaller kernel or pool`,
  );
}

/** One stage: convolutions, each followed by f, and a pool. h [N, C, H, W] to [N, channels, H / pool, W / pool]. */
function stage(index: number, config: CnnConfig, h: Tensor, channels: number): Tensor {
  const { convolutions, pooling, pool } = config;
  const f = activations[config.activation];
  const shrink = (x: Tensor): Tensor => {
    if (pool === 1) return x;
    requireRoom(x, pool, 'a pool');
    return pooling === 'max' ? maxPool(x, pool) : averagePool(x, pool);
  };
  // The greatest of f is f of the greatest where f only rises, on fewer pixels; gelu falls at first.
  const poolFirst = pooling === 'max' && config.activation !== 'gelu';
  let y = h;
  for (let c = 0; c < convolutions; c++) {
    const padded = config.padding === 'same' || (config.padding === 'first' && index === 0 && c === 0);
    y = convolve(`stages.${index}.${c}`, config, y, channels, padded);
    if (c < convolutions - 1) y = f(y);
  }
  return poolFirst ? f(shrink(y)) : shrink(f(y));
}

/** Images x [N, ...shape] through the stages and a feed-forward network to [N, O]. */
function head(config: CnnConfig, shape: DataShape, x: Tensor, masks: readonly Tensor[] = []): Tensor {
  const planes = config.channels.reduce(
    (h, channels, index) => stage(index, config, h, channels),
    toPlanes(shape, x),
  );
  const h = reshape(planes, [x.shape[0]!, exampleSize(planes.shape.slice(1) as number[])]);
  return feedForward('head', config, h, headWidth(shape), { masks });
}

export const cnn: Algorithm<CnnConfig> = {
  name: 'cnn',
  title: 'Convolutional network',
  summary:
    'Looks for small patterns everywhere in an image, then for patterns of these; the first choice for images.',
  formula: 'h_m = f(b_m + sum_c W_mc * h_c)',
  latex: String.raw`h_m = f\Bigl(b_m + \sum_c W_{mc} * h_c\Bigr), \qquad (W * h)_{ij} = \sum_{u,v} W_{uv}\, h_{i+u,\,j+v}`,
  goodFor:
    'Images and other grids in which a pattern means the same wherever it lies. It needs a few hundred examples of each class; small pictures train in minutes on two cores.',
  symbols: {
    h_c: 'channel c of the image, or of the stage below',
    W_mc: 'the kernel from channel c to channel m, learned; * slides it over the image',
    b_m: 'the bias of channel m, learned',
    f: 'the activation: relu, gelu, tanh or sigmoid; a pool then keeps one pixel of each window',
    h_m: 'channel m of the stage',
  },
  paper: {
    title: 'Gradient-Based Learning Applied to Document Recognition',
    authors: 'LeCun, Bottou, Bengio, Haffner',
    year: 1998,
    url: 'https://doi.org/10.1109/5.726791',
  },
  tasks: ['classification', 'regression'],
  kinds: ['image'],
  baseline: false,
  config,
  metrics: ['accuracy', 'macro_f1', 'log_loss', 'rmse', 'mae', 'r2'],
  baselineFor: simplestFor,

  learning: 'descent',
  plan: epochPlan,

  program: (config, shape, rows) =>
    supervisedProgram(shape, rows, (x) => head(config, shape, x, maskInputs(config, x)), config),

  feeds(config, shape, split, rows, random) {
    const { x, ...targets } = supervisedFeeds(shape, split, rows);
    return {
      x: augment(config, shape, x as Float32Array, random.fork('augmentation')),
      ...targets,
      ...maskFeeds(config, rows.length, random),
    };
  },

  answer: (config, shape, x) => supervisedAnswer(shape, head(config, shape, x)),
};
