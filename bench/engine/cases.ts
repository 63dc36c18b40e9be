import { type Algorithm, type Config, catalogue, type DataShape, type Split } from '@banyan/algorithms';
import { createRandom, type Program, type TensorData } from '@banyan/engine';

/** One training step that every program of this bench makes: pytorch.py and tfjs.ts write the same network by hand. */
export interface Case {
  title: string;
  algorithm: string;
  config: Config;
  shape: DataShape;
  rows: number;
  /** Steps a round; a step of TensorFlow.js takes 25 to 100 times as long. */
  steps: number;
  tfjsSteps: number;
}

const classes = Array.from({ length: 10 }, (_, label) => String(label));

const special = { pad: 0, unk: 1, cls: 2, sep: 3, mask: 4 };

export const cases: Record<string, Case> = {
  mlp: {
    title: 'MLP 784-512-256-10, batch 128',
    algorithm: 'mlp',
    config: { hidden: [512, 256], batchSize: 128 },
    shape: { kind: 'tabular', task: 'classification', shape: [784], classes },
    rows: 128,
    steps: 100,
    tfjsSteps: 4,
  },
  vae: {
    title: 'VAE 784-400-20, batch 128',
    algorithm: 'vae',
    config: { hidden: [400], latent: 20 },
    shape: { kind: 'image', task: 'reconstruction', shape: [28, 28] },
    rows: 128,
    steps: 100,
    tfjsSteps: 4,
  },
  lstm: {
    title: 'LSTM 256, T 64, batch 64',
    algorithm: 'rnn',
    config: { cell: 'lstm', hidden: 256, layers: 1 },
    shape: { kind: 'sequence', task: 'classification', shape: [64, 64], classes },
    rows: 64,
    steps: 10,
    tfjsSteps: 1,
  },
  gpt: {
    title: 'GPT 4 x 256, context 128, batch 16',
    algorithm: 'gpt',
    config: { layers: 4, width: 256, heads: 4, context: 128, dropout: 0 },
    shape: { kind: 'text', task: 'generation', shape: [], vocabulary: 256 },
    rows: 16,
    steps: 3,
    tfjsSteps: 1,
  },
  bert: {
    title: 'BERT fine-tune 4 x 256, length 128, batch 16',
    algorithm: 'bert',
    config: { layers: 4, width: 256, heads: 4, dropout: 0 },
    shape: { kind: 'text', task: 'classification', shape: [128], vocabulary: 4096, special, classes },
    rows: 16,
    steps: 3,
    tfjsSteps: 1,
  },
  cnn: {
    title: 'CNN of LeNet-5 size, batch 128',
    algorithm: 'cnn',
    config: {
      channels: [6, 16],
      kernel: 5,
      padding: 'first',
      normalisation: 'none',
      hidden: [120, 84],
      dropout: 0,
    },
    shape: { kind: 'image', task: 'classification', shape: [28, 28], classes },
    rows: 128,
    steps: 40,
    tfjsSteps: 4,
  },
};

export function caseNamed(name: string): Case {
  const found = cases[name];
  if (found === undefined) throw new Error(`no case ${name}; there are ${Object.keys(cases).join(', ')}`);
  return found;
}

/** The program of a case through its algorithm's own graph, and a fixed random batch for it. */
export function prepare({ algorithm, config, shape, rows }: Case): {
  program: Program;
  batch: Record<string, TensorData['data']>;
} {
  const entry = (catalogue as Record<string, Algorithm>)[algorithm];
  if (entry?.learning !== 'descent') throw new Error(`${algorithm} does not learn by steps`);
  const parsed = entry.config.parse(config);
  const examples = Uint32Array.from({ length: rows }, (_, row) => row);
  return {
    program: entry.program(parsed, shape, rows),
    batch: entry.feeds(parsed, shape, randomSplit(shape, rows), examples, createRandom(2)),
  };
}

function randomSplit({ kind, shape, vocabulary = 256 }: DataShape, rows: number): Split {
  const random = createRandom(1);
  const size = shape.reduce((product, dim) => product * dim, 1);
  const length = rows * 2 * size;
  const x =
    kind === 'text'
      ? Int32Array.from({ length }, () => random.integer(vocabulary))
      : Float32Array.from({ length }, () => random.uniform());
  return {
    rows: rows * 2,
    shape,
    x,
    y: Int32Array.from({ length: rows * 2 }, () => random.integer(10)),
    tokens: Int32Array.from({ length: rows * 256 }, () => random.integer(vocabulary)),
  };
}
