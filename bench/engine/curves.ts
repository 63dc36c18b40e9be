/**
 * Is it the same mathematics? 500 steps of AdamW from the same first weights on the same batches, here and in PyTorch
 * (curves.py writes the networks by hand on the same tensors); the losses of the last steps must agree.
 */
import { spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Config, catalogue, type DataShape, type Split } from '@banyan/algorithms';
import { createRandom, createTrainer, type Tensor, type TensorData, writeSafetensors } from '@banyan/engine';
import { pythonEnvironment } from '../../e2e/python/environment.ts';
import type { BenchOptions } from '../bench.ts';
import type { Figure } from '../figures.ts';
import { here } from './peers.ts';
import { digitSequences, digits, novel } from './real-data.ts';

const STEPS = 500;
const QUICK_STEPS = 50;
/** Losses are averaged over so many steps at the end. */
const LAST = 25;

interface Course {
  title: string;
  algorithm: 'mlp' | 'rnn' | 'vae' | 'gpt';
  config: Config;
  data: () => { shape: DataShape; split: Split; examples: number };
  rows: number;
}

const courses: Record<string, Course> = {
  mlp: {
    title: 'MLP 784-256-10 on MNIST',
    algorithm: 'mlp',
    config: { hidden: [256] },
    data: digits,
    rows: 64,
  },
  lstm: {
    title: 'LSTM 64 on the rows of MNIST, T 28',
    algorithm: 'rnn',
    config: { cell: 'lstm', hidden: 64 },
    data: digitSequences,
    rows: 64,
  },
  vae: {
    title: 'VAE 784-200-10 on MNIST',
    algorithm: 'vae',
    config: { hidden: [200], latent: 10 },
    data: () => {
      const { shape, ...rest } = digits();
      const { classes: _, ...image } = shape;
      return { shape: { ...image, task: 'reconstruction' }, ...rest };
    },
    rows: 64,
  },
  gpt: {
    title: 'GPT 2 x 64 on Moby Dick, context 64',
    algorithm: 'gpt',
    config: { layers: 2, width: 64, heads: 4, context: 64 },
    data: () => novel(64),
    rows: 8,
  },
};

export async function curves({ say, quick, only }: BenchOptions): Promise<Figure[]> {
  const figures: Figure[] = [];
  const folder = await mkdtemp(join(tmpdir(), 'banyan-curves-'));
  try {
    for (const [name, course] of Object.entries(courses).filter(
      ([key]) => only.length === 0 || only.includes(key),
    )) {
      say(`${course.title} ...`);
      const file = join(folder, `${name}.safetensors`);
      const ours = await descend(course, quick ? QUICK_STEPS : STEPS, file);
      const theirs = await theirLosses(name, file);
      figures.push(figureOf(course.title, ours, theirs));
    }
  } finally {
    await rm(folder, { recursive: true });
  }
  return figures;
}

/** Our losses; leaves first weights and all batches in a file. */
async function descend(
  { algorithm, config, data, rows }: Course,
  steps: number,
  file: string,
): Promise<number[]> {
  const entry = catalogue[algorithm];
  if (entry.learning !== 'descent') throw new Error(`${algorithm} does not learn by steps`);
  const parsed = entry.config.parse(config);
  const { shape, split, examples } = data();
  const program = entry.program(parsed, shape, rows);
  const trainer = await createTrainer(program, {
    optimizer: { kind: 'adamw', learningRate: 1e-3, weightDecay: 0.01 },
    seed: 1,
    threads: 2,
  });
  const kept = new Map<string, TensorData>(
    [...trainer.parameters()].map(([name, value]) => [`initial/${name}`, value]),
  );
  const random = createRandom('curves');
  const batches: Record<string, TensorData['data']>[] = [];
  const losses: number[] = [];
  for (let step = 1; step <= steps; step += 1) {
    const picked = Uint32Array.from({ length: rows }, () => random.integer(examples));
    const batch = entry.feeds(parsed, shape, split, picked, random.fork(step));
    batches.push(batch);
    losses.push((await trainer.step(batch)).loss);
  }
  await trainer.close();
  for (const input of program.inputs) kept.set(`batches/${input.name}`, together(input, batches));
  await writeFile(file, writeSafetensors(kept));
  return losses;
}

/** One input's values of all steps: [steps, ...shape]. */
function together(
  { name, dtype, shape }: Tensor,
  batches: readonly Record<string, TensorData['data']>[],
): TensorData {
  const parts = batches.map((batch) => batch[name] as Float32Array | Int32Array);
  const length = parts[0]!.length;
  const data =
    dtype === 'float32' ? new Float32Array(length * parts.length) : new Int32Array(length * parts.length);
  for (const [step, part] of parts.entries()) data.set(part, step * length);
  return { dtype, shape: [parts.length, ...(shape as number[])], data };
}

async function theirLosses(name: string, file: string): Promise<number[]> {
  const child = spawn(await pythonEnvironment(), [here('curves.py'), name, file], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const chunks: Buffer[] = [];
  for await (const chunk of child.stdout) chunks.push(chunk as Buffer);
  return JSON.parse(Buffer.concat(chunks).toString()) as number[];
}

const last = (losses: readonly number[]): number =>
  losses.slice(-LAST).reduce((sum, loss) => sum + loss, 0) / LAST;

function figureOf(title: string, ours: readonly number[], theirs: readonly number[]): Figure {
  const ratios = ours.map((loss, step) => loss / theirs[step]!);
  return {
    bench: 'curves',
    case: title,
    peer: 'pytorch-eager',
    ratio: last(ours) / last(theirs),
    ours: last(ours),
    theirs: last(theirs),
    unit: `nats after ${ours.length} steps`,
    spread: [Math.min(...ratios), Math.max(...ratios)],
  };
}
