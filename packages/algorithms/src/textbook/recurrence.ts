import {
  add,
  createGraph,
  createRandom,
  createTrainer,
  gemm,
  initializers,
  linear,
  meanSquaredError,
  openSession,
  split,
  type Tensor,
  tanh,
  tensorData,
  toOnnx,
  transpose,
  unsqueeze,
} from '@banyan/engine';

const { uniform, zeros } = initializers;

const HIDDEN = 16;

/** h_t = tanh(W h_(t-1) + U x_t + b), answer = V h_T + c: windows x [N, T] to [N, 1]; states are columns [H, N]. */
function network(x: Tensor): Tensor {
  const { graph } = x;
  const length = x.shape[1] as number;
  const U = graph.parameter('U', [HIDDEN, 1], uniform(0.5));
  const W = graph.parameter('W', [HIDDEN, HIDDEN], uniform(0.25));
  const b = graph.parameter('b', [HIDDEN], zeros);
  const V = graph.parameter('V', [HIDDEN, 1], uniform(0.25));
  const c = graph.parameter('c', [1], zeros);
  let h: Tensor | undefined;
  for (const xt of split(transpose(x), length, 0)) {
    const input = gemm(U, xt, unsqueeze(b, 1));
    h = tanh(h === undefined ? input : add(gemm(W, h), input));
  }
  return linear(transpose(h!), V, c);
}

/**
 * Learns to go on with a series of numbers, on its scale, from windows of `length`; returns the loss of every step and
 * the forecast of the value that follows each window [N, length].
 */
export async function learnSeries(series: Float32Array, length: number, steps: number) {
  const rows = 32;
  const graph = createGraph();
  const x = graph.input('x', 'float32', [rows, length]);
  const y = graph.input('y', 'float32', [rows, 1]);
  const loss = meanSquaredError(network(x), y);

  const trainer = await createTrainer(
    { graph, inputs: [x, y], loss, measures: {} },
    { optimizer: { kind: 'adam', learningRate: 0.01 }, clipNorm: 1, seed: 1 },
  );
  const random = createRandom(1);
  const losses: number[] = [];
  for (let step = 0; step < steps; step++) {
    const starts = Array.from({ length: rows }, () => random.integer(series.length - length));
    const windows = starts.flatMap((start) => [...series.subarray(start, start + length)]);
    const next = starts.map((start) => series[start + length]!);
    losses.push((await trainer.step({ x: Float32Array.from(windows), y: Float32Array.from(next) })).loss);
  }
  const weights = trainer.parameters();
  await trainer.close();

  async function forecast(windows: Float32Array): Promise<Float32Array> {
    const graph = createGraph();
    const x = graph.input('x', 'float32', ['N', length]);
    const session = await openSession(
      toOnnx(graph, { inputs: [x], outputs: { next: network(x) }, initializers: weights }),
    );
    const { next } = await session.run({
      x: tensorData('float32', [windows.length / length, length], windows),
    });
    await session.close();
    return next!.data as Float32Array;
  }
  return { losses, forecast };
}
