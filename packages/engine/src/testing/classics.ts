import { createGraph } from '../create-graph.ts';
import { bytesOf } from '../dtype.ts';
import { kaiming, normal, ones, uniform, xavier, zeros } from '../initializers.ts';
import { attention } from '../layers/attention.ts';
import { dropout, embedding, linear } from '../layers/dense.ts';
import {
  add,
  exp,
  gelu,
  layerNormalization,
  mul,
  reduceMean,
  reduceSum,
  relu,
  reshape,
  sigmoid,
  sigmoidCrossEntropy,
  slice,
  softmaxCrossEntropy,
  split,
  squeeze,
  sub,
  tanh,
  transpose,
} from '../operators.ts';
import { createRandom, type Random } from '../random.ts';
import { readSafetensors } from '../safetensors.ts';
import type { Graph, Initializer, Tensor, TensorData } from '../tensor.ts';
import type { Program } from '../train/program.ts';
import { createTrainer, type Trainer, type TrainerOptions } from '../train/trainer.ts';

/** A small model of each classic kind and batches for it, with numbers that are the same on every machine. */
export interface Classic {
  program(): Program;
  batch(random: Random): Record<string, TensorData['data']>;
}

const drawn = (random: Random, count: number): Float32Array =>
  Float32Array.from({ length: count }, () => random.normal());
const labels = (random: Random, count: number, classes: number): Int32Array =>
  Int32Array.from({ length: count }, () => random.integer(classes));

/** Names parameters in the order they are made. */
const maker =
  (graph: Graph) =>
  (shape: readonly number[], initial: Initializer = xavier): Tensor =>
    graph.parameter(`p${graph.parameters.length}`, shape, initial);

const only = (graph: Graph, inputs: Tensor[], loss: Tensor): Program => ({
  graph,
  inputs,
  loss,
  measures: {},
});

export const classics = {
  /** Two hidden layers, the second thinned out by dropout. */
  mlp: {
    program() {
      const graph = createGraph();
      const make = maker(graph);
      const x = graph.input('x', 'float32', [24, 20]);
      const y = graph.input('y', 'int32', [24]);
      const mask = graph.input('mask', 'float32', [24, 48]);
      const first = gelu(linear(x, make([20, 64], kaiming), make([64], zeros)));
      const second = dropout(relu(linear(first, make([64, 48], kaiming), make([48], zeros))), mask);
      const logits = linear(second, make([48, 5]), make([5], zeros));
      return only(graph, [x, y, mask], softmaxCrossEntropy(logits, y));
    },
    batch: (random) => ({
      x: drawn(random, 24 * 20),
      y: labels(random, 24, 5),
      mask: Float32Array.from({ length: 24 * 48 }, () => (random.uniform() < 0.25 ? 0 : 4 / 3)),
    }),
  },

  /** Kingma and Welling, 2014. */
  vae: {
    program() {
      const graph = createGraph();
      const make = maker(graph);
      const x = graph.input('x', 'float32', [16, 36]);
      const noise = graph.input('noise', 'float32', [16, 4]);
      const code = tanh(linear(x, make([36, 32]), make([32], zeros)));
      const [mean, logVariance] = split(linear(code, make([32, 8]), make([8], zeros)), 2) as [Tensor, Tensor];
      const z = add(mean, mul(exp(mul(logVariance, 0.5)), noise));
      const drawing = linear(
        tanh(linear(z, make([4, 32]), make([32], zeros))),
        make([32, 36]),
        make([36], zeros),
      );
      const kl = mul(reduceSum(sub(sub(add(mul(mean, mean), exp(logVariance)), logVariance), 1), -1), 0.5);
      return only(graph, [x, noise], reduceMean(add(reduceSum(sigmoidCrossEntropy(drawing, x), -1), kl)));
    },
    batch: (random) => ({
      x: Float32Array.from({ length: 16 * 36 }, () => random.uniform()),
      noise: drawn(random, 16 * 4),
    }),
  },

  /** Hochreiter and Schmidhuber, 1997, unrolled over ten steps. */
  lstm: {
    program() {
      const graph = createGraph();
      const make = maker(graph);
      const [N, T, F, H] = [8, 10, 6, 24];
      const x = graph.input('x', 'float32', [N, T, F]);
      const y = graph.input('y', 'int32', [N]);
      const [u, w, b] = [
        make([F, 4 * H], uniform(0.2)),
        make([H, 4 * H], uniform(0.2)),
        make([4 * H], zeros),
      ];
      let [h, c] = [
        graph.constant(new Float32Array(N * H), [N, H]),
        graph.constant(new Float32Array(N * H), [N, H]),
      ];
      for (let t = 0; t < T; t++) {
        const gates = add(linear(squeeze(slice(x, 1, t, t + 1), 1), u, b), linear(h, w));
        const [input, forget, output, candidate] = split(gates, 4) as [Tensor, Tensor, Tensor, Tensor];
        c = add(mul(sigmoid(forget), c), mul(sigmoid(input), tanh(candidate)));
        h = mul(sigmoid(output), tanh(c));
      }
      return only(graph, [x, y], softmaxCrossEntropy(linear(h, make([H, 4]), make([4], zeros)), y));
    },
    batch: (random) => ({ x: drawn(random, 8 * 10 * 6), y: labels(random, 8, 4) }),
  },

  /** Two pre-norm Transformer blocks with tied embeddings. */
  gpt: {
    program() {
      const graph = createGraph();
      const make = maker(graph);
      const [B, S, D, H, V] = [4, 12, 32, 4, 40];
      const ids = graph.input('ids', 'int32', [B, S]);
      const next = graph.input('next', 'int32', [B * S]);
      const table = make([V, D], normal(0.02));
      let x = add(embedding(table, ids), make([S, D], normal(0.02)));
      const norm = (t: Tensor) => layerNormalization(t, make([D], ones), make([D], zeros));
      const heads = (t: Tensor) => transpose(reshape(t, [B, S, H, D / H]), [0, 2, 1, 3]);
      for (let layer = 0; layer < 2; layer++) {
        const [q, k, v] = split(linear(norm(x), make([D, 3 * D]), make([3 * D], zeros)), 3).map(heads) as [
          Tensor,
          Tensor,
          Tensor,
        ];
        const read = reshape(transpose(attention(q, k, v, { causal: true }), [0, 2, 1, 3]), [B, S, D]);
        x = add(x, linear(read, make([D, D]), make([D], zeros)));
        const wide = gelu(linear(norm(x), make([D, 4 * D]), make([4 * D], zeros)));
        x = add(x, linear(wide, make([4 * D, D]), make([D], zeros)));
      }
      const logits = linear(reshape(norm(x), [B * S, D]), table, undefined, { transB: true });
      return only(graph, [ids, next], softmaxCrossEntropy(logits, next));
    },
    batch: (random) => ({ ids: labels(random, 4 * 12, 40), next: labels(random, 4 * 12, 40) }),
  },
} satisfies Record<string, Classic>;

export type ClassicName = keyof typeof classics;

/**
 * What their parameters and moments hash to after 50 steps in the deterministic lane: the same on every machine,
 * in Node and in a browser. Another hash means other mathematics (a derivative, an order of sums, an update, the version
 * of the runtime): runs of the past can then no longer be repeated to the bit, which their readers have to be told.
 */
export const hashes: Readonly<Record<ClassicName, string>> = {
  mlp: '6719b15199c3a6e17e3168820739985360c7ce0c2bbc75d903808ed22b195e62',
  vae: '16444f38b0d883dadcf2aa84ccb1b767ded726d6b2f4098ca75ac911000cac1a',
  lstm: '899a0e7de6a250178b112e6ef93dd02c1d05a961b9942170d650a0ceb4ca4ee8',
  gpt: '536049027e151ba1acbbc1db50d9b44f6e87903eb92b16aff78626d23b31087a',
};

/** AdamW with all that a schedule and clipping add to the arithmetic. */
const settings: TrainerOptions = {
  optimizer: { kind: 'adamw', learningRate: 0.01 },
  schedule: { kind: 'cosine', warmupSteps: 5, totalSteps: 60, minimumFraction: 0.1 },
  clipNorm: 1,
  seed: 'classics',
};

/** Trains so many steps and gives the trainer, which the caller closes, and the losses. */
export async function trainClassic(
  name: ClassicName,
  steps: number,
  place: Pick<TrainerOptions, 'lane' | 'provider' | 'threads'>,
): Promise<{ trainer: Trainer; losses: number[] }> {
  const classic: Classic = classics[name];
  const trainer = await createTrainer(classic.program(), { ...settings, ...place });
  const random = createRandom(`${name} data`);
  const losses: number[] = [];
  for (let step = 0; step < steps; step++) losses.push((await trainer.step(classic.batch(random))).loss);
  return { trainer, losses };
}

/** SHA-256 of everything a trainer's checkpoint holds in tensors: parameters and moments, with their names. */
export async function hashOf(trainer: Trainer): Promise<string> {
  const { tensors } = readSafetensors(trainer.checkpoint());
  const parts = [...tensors].flatMap(([name, { data }]) => [
    new TextEncoder().encode(name),
    bytesOf(data as Float32Array),
  ]);
  const digest = await crypto.subtle.digest('SHA-256', await new Blob(parts).arrayBuffer());
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, '0')).join('');
}
