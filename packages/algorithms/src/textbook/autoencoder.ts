import {
  add,
  createGraph,
  createRandom,
  createTrainer,
  exp,
  initializers,
  linear,
  mul,
  openSession,
  reduceMean,
  reduceSum,
  relu,
  sigmoid,
  sigmoidCrossEntropy,
  square,
  sub,
  type Tensor,
  tensorData,
  toOnnx,
} from '@banyan/engine';

const { kaiming, zeros } = initializers;

const [PIXELS, HIDDEN, CODE] = [784, 256, 2];

function layer(name: string, x: Tensor, width: number): Tensor {
  const W = x.graph.parameter(`${name}.W`, [x.shape[1] as number, width], kaiming);
  return linear(x, W, x.graph.parameter(`${name}.b`, [width], zeros));
}

/** q(z | x): the mean and the logarithm of the variance of the code, each [N, 2], for images x [N, 784]. */
function encode(x: Tensor): { mean: Tensor; logVariance: Tensor } {
  const h = relu(layer('encoder', x, HIDDEN));
  return { mean: layer('mean', h, CODE), logVariance: layer('log_variance', h, CODE) };
}

/** The logits of p(x | z) [N, 784] for codes z [N, 2]. */
const decode = (z: Tensor): Tensor => layer('pixels', relu(layer('decoder', z, HIDDEN)), PIXELS);

/** Learns images [rows, 784] of values in 0 to 1; returns the loss of every step and how codes [N, 2] are drawn. */
export async function learnImages(images: Float32Array, steps: number) {
  const rows = 64;
  const graph = createGraph();
  const x = graph.input('x', 'float32', [rows, PIXELS]);
  const noise = graph.input('noise', 'float32', [rows, CODE]);
  const { mean, logVariance } = encode(x);
  const z = add(mean, mul(exp(mul(logVariance, 0.5)), noise));
  const reconstruction = reduceSum(sigmoidCrossEntropy(decode(z), x), 1);
  const kl = mul(reduceSum(sub(add(square(mean), exp(logVariance)), add(logVariance, 1)), 1), 0.5);
  const loss = reduceMean(add(reconstruction, kl));

  const trainer = await createTrainer(
    { graph, inputs: [x, noise], loss, measures: { kl: reduceMean(kl) } },
    { optimizer: { kind: 'adam', learningRate: 2e-3 }, seed: 1 },
  );
  const random = createRandom(1);
  const losses: number[] = [];
  for (let step = 0; step < steps; step++) {
    const batch = new Float32Array(rows * PIXELS);
    for (let row = 0; row < rows; row++) {
      const picked = random.integer(images.length / PIXELS) * PIXELS;
      batch.set(images.subarray(picked, picked + PIXELS), row * PIXELS);
    }
    const drawn = Float32Array.from({ length: rows * CODE }, () => random.normal());
    losses.push((await trainer.step({ x: batch, noise: drawn })).loss);
  }
  const weights = trainer.parameters();
  await trainer.close();

  async function draw(codes: Float32Array): Promise<Float32Array> {
    const graph = createGraph();
    const z = graph.input('z', 'float32', ['N', CODE]);
    const session = await openSession(
      toOnnx(graph, { inputs: [z], outputs: { x: sigmoid(decode(z)) }, initializers: weights }),
    );
    const { x } = await session.run({ z: tensorData('float32', [codes.length / CODE, CODE], codes) });
    await session.close();
    return x!.data as Float32Array;
  }
  return { losses, draw };
}
