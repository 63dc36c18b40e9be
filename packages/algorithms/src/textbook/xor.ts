import {
  createGraph,
  createTrainer,
  initializers,
  linear,
  openSession,
  reduceMean,
  sigmoid,
  sigmoidCrossEntropy,
  type Tensor,
  tanh,
  tensorData,
  toOnnx,
} from '@banyan/engine';

const { uniform, zeros } = initializers;

/** The four questions, and the answers: one input or the other, but not both. */
export const questions = Float32Array.of(0, 0, 0, 1, 1, 0, 1, 1);
export const answers = Float32Array.of(0, 1, 1, 0);

/** h = tanh(x W1 + b1), logit = h W2 + b2: rows x [N, 2] to [N, 1]. */
function network(x: Tensor): Tensor {
  const { graph } = x;
  const W1 = graph.parameter('W1', [2, 3], uniform(1));
  const b1 = graph.parameter('b1', [3], zeros);
  const W2 = graph.parameter('W2', [3, 1], uniform(1));
  const b2 = graph.parameter('b2', [1], zeros);
  const h = tanh(linear(x, W1, b1));
  return linear(h, W2, b2);
}

/** Learns XOR; returns the loss of every step, and what the network then says of any points x [N, 2]. */
export async function learnXor(steps: number) {
  const graph = createGraph();
  const x = graph.input('x', 'float32', [4, 2]);
  const y = graph.input('y', 'float32', [4, 1]);
  const loss = reduceMean(sigmoidCrossEntropy(network(x), y));

  const trainer = await createTrainer(
    { graph, inputs: [x, y], loss, measures: {} },
    { optimizer: { kind: 'adam', learningRate: 0.05 }, seed: 1 },
  );
  const losses: number[] = [];
  for (let step = 0; step < steps; step++)
    losses.push((await trainer.step({ x: questions, y: answers })).loss);
  const weights = trainer.parameters();
  await trainer.close();

  async function say(points: Float32Array): Promise<Float32Array> {
    const graph = createGraph();
    const x = graph.input('x', 'float32', ['N', 2]);
    const outputs = { probability: sigmoid(network(x)) };
    const session = await openSession(toOnnx(graph, { inputs: [x], outputs, initializers: weights }));
    const { probability } = await session.run({ x: tensorData('float32', [points.length / 2, 2], points) });
    await session.close();
    return probability!.data as Float32Array;
  }
  return { losses, say };
}
