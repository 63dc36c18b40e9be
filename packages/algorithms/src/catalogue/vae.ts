import {
  add,
  createGraph,
  type Dim,
  exp,
  mul,
  reduceMean,
  reduceSum,
  reshape,
  square,
  sub,
  type Tensor,
} from '@banyan/engine';
import { z } from 'zod';
import type { Algorithm, DataShape, Forward, TrainedModel } from '../algorithm.ts';
import { exampleSize, gatherExamples, normalNoise } from '../fit/batches.ts';
import { coders, dense } from './coders.ts';
import { likelihoods } from './likelihood.ts';
import { epochFields, epochPlan } from './training-fields.ts';

const config = z.strictObject({
  architecture: z
    .enum(['dense', 'convolutional'])
    .default('dense')
    .describe('What encoder and decoder are made of: dense layers alone, or convolutions as well (images).'),
  channels: z
    .array(z.int().min(1).max(2048))
    .min(1)
    .max(8)
    .default([32, 64])
    .describe(
      'Convolutional only: kernels of each convolution of the encoder, which halves height and width; the decoder mirrors it.',
    ),
  hidden: z
    .array(z.int().min(1).max(8192))
    .max(16)
    .default([400])
    .describe('Width of each dense layer of the encoder; the decoder mirrors it.'),
  latent: z.int().min(1).max(1024).default(16).describe('Dimensions of the latent code z.'),
  likelihood: z
    .enum(['bernoulli', 'gaussian'])
    .default('bernoulli')
    .describe(
      'How reconstructions are judged: bernoulli for values in 0 to 1 (cross-entropy), gaussian for any (squared error).',
    ),
  divergence: z
    .enum(['kl', 'center'])
    .default('kl')
    .describe(
      'What holds the codes together: KL from a standard normal, or the squared distance |z - C|^2 from a centre.',
    ),
  center: z
    .number()
    .min(-100)
    .max(100)
    .default(0)
    .describe('Every coordinate of the centre C (divergence center only).'),
  beta: z
    .number()
    .min(0)
    .max(1000)
    .default(1)
    .describe('Weight of the divergence; above 1 orders the codes more and blurs the reconstructions.'),
  ...epochFields({
    epochs: 30,
    batchSize: 128,
    learningRate: 2e-3,
    weightDecay: 0,
    patience: 0,
    clipNorm: 0,
  }),
});

type VaeConfig = z.infer<typeof config>;

/** q(z | x) = N(mean, exp(logVariance)): x [N, D] to twice [N, Z]. */
function encode(config: VaeConfig, shape: DataShape, x: Tensor): { mean: Tensor; logVariance: Tensor } {
  const { architecture, latent } = config;
  const h = coders[architecture].encode(config, shape, x);
  return { mean: dense('encoder.mean', latent, h), logVariance: dense('encoder.log_variance', latent, h) };
}

/** What the likelihood makes a mean of: z [N, Z] to [N, D]. */
const decode = (config: VaeConfig, shape: DataShape, z: Tensor): Tensor =>
  coders[config.architecture].decode(config, shape, z);

/**
 * Per example: loss = reconstruction + beta * divergence, in nats, with z = mean + exp(logVariance / 2) * noise
 * (the reparameterisation, equation 10).
 */
function objective(config: VaeConfig, shape: DataShape, rows: Dim): Forward {
  const graph = createGraph();
  const x = graph.input('x', 'float32', [rows, exampleSize(shape.shape)]);
  const noise = graph.input('noise', 'float32', [rows, config.latent]);
  const { mean, logVariance } = encode(config, shape, x);
  const variance = exp(logVariance);
  const z = add(mean, mul(exp(mul(logVariance, 0.5)), noise));
  const reconstruction = likelihoods[config.likelihood].nats(x, decode(config, shape, z));
  // KL(q || N(0, 1)) = 1/2 sum (mean^2 + variance - 1 - log variance), appendix B.
  const kl = mul(reduceSum(sub(add(square(mean), variance), add(logVariance, 1)), 1), 0.5);
  const distance = reduceSum(square(sub(z, config.center)), 1);
  const divergence = config.divergence === 'kl' ? kl : distance;
  const loss = add(reconstruction, mul(divergence, config.beta));
  const named = config.divergence === 'kl' ? { kl } : { kl, distance };
  return { graph, inputs: [x, noise], outputs: { loss, reconstruction, ...named } };
}

export const vae: Algorithm<VaeConfig> = {
  name: 'vae',
  title: 'Variational autoencoder',
  summary:
    'Learns a small code for each example from which a decoder draws it again; new codes draw new examples.',
  formula: 'L = -E_q(z|x)[log p(x|z)] + beta * D(q(z|x), p(z))',
  latex: String.raw`L = -\mathbb{E}_{q(z \mid x)}\bigl[\log p(x \mid z)\bigr] + \beta\, D\bigl(q(z \mid x), p(z)\bigr)`,
  goodFor:
    'Seeing how examples vary: compressing them to a few numbers, drawing new ones, finding those that do not fit. The pictures it draws are smoother than real ones.',
  symbols: {
    x: 'an example',
    z: 'its latent code, z = mu(x) + sigma(x) * noise',
    'q(z|x)': 'the encoder, a normal with mean mu(x) and deviation sigma(x)',
    'p(x|z)': 'the decoder',
    D: 'KL from a standard normal, or |z - C|^2 to a fixed centre C',
    beta: 'how much D counts',
  },
  paper: {
    title: 'Auto-Encoding Variational Bayes',
    authors: 'Kingma, Welling',
    year: 2013,
    url: 'https://arxiv.org/abs/1312.6114',
  },
  tasks: ['reconstruction'],
  kinds: ['image', 'tabular'],
  baseline: false,
  config,
  metrics: ['loss', 'reconstruction', 'kl', 'distance'],
  baselineFor: (_, { likelihood }) => ({ name: 'mean', config: { likelihood } }),

  learning: 'descent',
  plan: epochPlan,
  score: objective,

  program(config, shape, rows) {
    const { graph, inputs, outputs } = objective(config, shape, rows);
    const { loss, ...terms } = outputs as Record<'loss', Tensor>;
    const measures = Object.fromEntries(
      Object.entries(terms).map(([name, term]) => [name, reduceMean(term as Tensor)]),
    );
    return { graph, inputs, loss: reduceMean(loss), measures };
  },

  feeds: (config, shape, split, rows, random) => ({
    x: gatherExamples(shape, split, rows),
    noise: normalNoise(random, rows.length * config.latent),
  }),

  /** The code is the mean of q(z|x): no noise in an answer. */
  answer(config, shape, x) {
    const { mean } = encode(config, shape, reshape(x, [x.shape[0]!, exampleSize(shape.shape)]));
    const reconstruction = likelihoods[config.likelihood].mean(decode(config, shape, mean));
    return { reconstruction: reshape(reconstruction, x.shape), latent: mean };
  },
};

/** The decoder alone: codes `z` [N, Z] to examples [N, ...shape]. */
export function vaeDecoder(config: VaeConfig, shape: DataShape, rows: Dim): Forward {
  const graph = createGraph();
  const z = graph.input('latent', 'float32', [rows, config.latent]);
  const mean = likelihoods[config.likelihood].mean(decode(config, shape, z));
  return { graph, inputs: [z], outputs: { reconstruction: reshape(mean, [rows, ...shape.shape]) } };
}

/** The configuration of a trained vae. */
export const vaeConfigOf = (model: TrainedModel): VaeConfig => config.parse(model.config);
