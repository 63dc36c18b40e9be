/** The same training steps in Banyan's engine. Reads lines { case, steps } on stdin and answers { ms }, like pytorch.py. */
import { createInterface } from 'node:readline';
import { type Config, catalogue, type DataShape } from '@banyan/algorithms';
import { createRandom, createTrainer, type TensorData } from '@banyan/engine';

interface Case {
  algorithm: 'mlp' | 'vae' | 'rnn' | 'gpt';
  config: Config;
  shape: DataShape;
  rows: number;
}

const classes = Array.from({ length: 10 }, (_, label) => String(label));
const cases: Record<string, Case> = {
  mlp: {
    algorithm: 'mlp',
    config: { hidden: [512, 256], batchSize: 128 },
    shape: { kind: 'tabular', task: 'classification', shape: [784], classes },
    rows: 128,
  },
  vae: {
    algorithm: 'vae',
    config: { hidden: [400], latent: 20 },
    shape: { kind: 'image', task: 'reconstruction', shape: [28, 28] },
    rows: 128,
  },
  lstm: {
    algorithm: 'rnn',
    config: { cell: 'lstm', hidden: 256, layers: 1 },
    shape: { kind: 'sequence', task: 'classification', shape: [64, 64], classes },
    rows: 64,
  },
  gpt: {
    algorithm: 'gpt',
    config: { layers: 4, width: 256, heads: 4, context: 128, dropout: 0 },
    shape: { kind: 'text', task: 'generation', shape: [], vocabulary: 256 },
    rows: 16,
  },
};

/** A step on a fixed random batch, through the algorithm's own program and the engine's trainer. */
async function stepOf({ algorithm, config, shape, rows }: Case): Promise<() => Promise<unknown>> {
  const entry = catalogue[algorithm];
  if (entry.learning !== 'descent') throw new Error(`${algorithm} does not learn by steps`);
  const parsed = entry.config.parse(config);
  const program = entry.program(parsed, shape, rows);
  const trainer = await createTrainer(program, {
    optimizer: { kind: 'adamw', learningRate: 1e-3 },
    seed: 1,
    threads: 2,
  });
  const random = createRandom(1);
  const size = shape.shape.reduce((product, dim) => product * dim, 1);
  const split = {
    rows: rows * 2,
    shape: shape.shape,
    x: Float32Array.from({ length: rows * 2 * size }, () => random.uniform()),
    y: Int32Array.from({ length: rows * 2 }, () => random.integer(10)),
    tokens: Int32Array.from({ length: rows * 129 }, () => random.integer(256)),
  };
  const examples = Uint32Array.from({ length: rows }, (_, row) => row);
  const batch: Record<string, TensorData['data']> = entry.feeds(parsed, shape, split, examples, random);
  return () => trainer.step(batch);
}

const ready = new Map<string, () => Promise<unknown>>();
for await (const line of createInterface({ input: process.stdin })) {
  const request = JSON.parse(line) as { case: string; steps: number };
  const step = ready.get(request.case) ?? (await stepOf(cases[request.case]!));
  ready.set(request.case, step);
  const ms: number[] = [];
  for (let count = 0; count < request.steps; count += 1) {
    const startedAt = performance.now();
    await step();
    ms.push(performance.now() - startedAt);
  }
  console.log(JSON.stringify({ ms }));
}
