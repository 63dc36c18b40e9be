import {
  add,
  concat,
  gemm,
  type Initializer,
  initializers,
  linear,
  mul,
  scan,
  sigmoid,
  slice,
  split,
  squeeze,
  sub,
  type Tensor,
  tanh,
  transpose,
  unsqueeze,
  zerosLike,
} from '@banyan/engine';
import { z } from 'zod';
import type { Algorithm, DataShape } from '../algorithm.ts';
import { addLastKnown, isResidual, residualField } from './residual.ts';
import {
  headWidth,
  simplestFor,
  supervisedAnswer,
  supervisedFeeds,
  supervisedProgram,
} from './supervised.ts';
import { classifierFields, epochFields, epochPlan } from './training-fields.ts';

const { uniform, xavier, zeros } = initializers;

const config = z.strictObject({
  cell: z
    .enum(['simple', 'gru', 'lstm'])
    .default('gru')
    .describe('How the state is carried on; gru and lstm have gates, and remember longer.'),
  hidden: z.int().min(1).max(4096).default(32).describe('Width of the state h.'),
  layers: z.int().min(1).max(8).default(1).describe('Recurrent layers on top of each other.'),
  bidirectional: z
    .boolean()
    .default(false)
    .describe(
      'Read the sequence from its end as well, with weights of their own, and answer from both states.',
    ),
  residual: residualField,
  ...classifierFields,
  ...epochFields({
    epochs: 40,
    batchSize: 32,
    learningRate: 3e-3,
    weightDecay: 0.01,
    patience: 10,
    clipNorm: 1,
  }),
});

type RnnConfig = z.infer<typeof config>;

/**
 * One step of a cell: u = U x_t + b [gates * H, N] and the state before, to the state after; its first part is h_t. States
 * are columns [H, N], as in the formulas: the products run faster than on rows, and the gates of a column are contiguous.
 */
interface Cell {
  gates: number;
  /** Parts of the state: h alone, or h and the LSTM's memory c. */
  parts: number;
  /** `w(h, plus)` is W h + plus. */
  step: (u: Tensor, state: readonly Tensor[], w: (h: Tensor, plus?: Tensor) => Tensor) => Tensor[];
}

/** The parts that gates take of a column. */
const gatesOf = (column: Tensor, gates: number): Tensor[] => [...split(column, gates, 0)];

const cells: Record<RnnConfig['cell'], Cell> = {
  /** h_t = tanh(W h_(t-1) + U x_t + b) (Elman, 1990). */
  simple: {
    gates: 1,
    parts: 1,
    step: (u, [h], w) => [tanh(w(h!, u))],
  },

  /** r, z = s(.), n = tanh(U x + b + r * W h), h_t = n + z * (h_(t-1) - n) (Cho et al., 2014). */
  gru: {
    gates: 3,
    parts: 1,
    step(u, [h], w) {
      const [ur, uz, un] = gatesOf(u, 3) as [Tensor, Tensor, Tensor];
      const [wr, wz, wn] = gatesOf(w(h!), 3) as [Tensor, Tensor, Tensor];
      const r = sigmoid(add(ur, wr));
      const z = sigmoid(add(uz, wz));
      const n = tanh(add(un, mul(r, wn)));
      return [add(n, mul(z, sub(h!, n)))];
    },
  },

  /** c_t = f * c_(t-1) + i * g, h_t = o * tanh(c_t) (Hochreiter and Schmidhuber, 1997; Gers et al., 2000). */
  lstm: {
    gates: 4,
    parts: 2,
    step(u, [h, c], w) {
      const [i, f, g, o] = gatesOf(w(h!, u), 4) as [Tensor, Tensor, Tensor, Tensor];
      const memory = add(mul(sigmoid(f), c!), mul(sigmoid(i), tanh(g)));
      return [mul(sigmoid(o), tanh(memory)), memory];
    },
  },
};

/** Zeros, but 1 for the LSTM's forget gate, so that it starts by remembering (Jozefowicz et al., 2015). */
const biasOf =
  (cell: RnnConfig['cell'], hidden: number): Initializer =>
  (_, shape) => {
    const bias = new Float32Array(shape[0]!);
    return cell === 'lstm' ? bias.fill(1, hidden, 2 * hidden) : bias;
  };

type Direction = 'forward' | 'backward';

/**
 * Up to so many steps, over all layers and directions, the graph holds each of them; beyond, it holds one, in a scan. An
 * LSTM of 256 steps took as long a step either way, but 2.6 s to open unrolled and 0.2 s as a scan, and 287 MB for 222.
 */
const MOST_UNROLLED = 128;

/** The states of a layer: the one after all was read [H, N], and all of them in the order of time [T, H, N]. */
interface States {
  last: Tensor;
  all: () => Tensor;
}

/** Reads xs [T, F, N] in a direction, unrolled or as a scan. */
function readLayer(
  name: string,
  { cell, hidden }: RnnConfig,
  xs: Tensor,
  { direction, unrolled }: { direction: Direction; unrolled: boolean },
): States {
  const { graph } = xs;
  const [length, features] = xs.shape as [number, number, number | string];
  const { gates, parts, step } = cells[cell];
  const initial = uniform(1 / Math.sqrt(hidden));
  const U = graph.parameter(`${name}.U`, [gates * hidden, features], initial);
  const W = graph.parameter(`${name}.W`, [gates * hidden, hidden], initial);
  const b = graph.parameter(`${name}.b`, [gates * hidden], biasOf(cell, hidden));
  // U x + b as [U, b] [x; 1]: the gradient of b comes out of the product that gives that of U.
  const Ub = concat([U, unsqueeze(b, 1)], 1);
  const ones = add(zerosLike(slice(xs, 1, 0, 1)), 1);
  const extended = concat([xs, ones], 1);
  const startOf = (u: Tensor) => Array.from({ length: parts }, () => zerosLike(slice(u, 0, 0, hidden)));
  if (!unrolled) {
    const start = startOf(gemm(Ub, squeeze(slice(extended, 0, 0, 1), 0)));
    const { states, sequences } = scan(
      (before, [x], [Ub, W]) => {
        const after = step(gemm(Ub!, x!), before, (h, plus) => gemm(W!, h, plus));
        return { states: after, elements: [after[0]!] };
      },
      { states: start, sequences: [extended], captures: [Ub, W], reversed: direction === 'backward' },
    );
    return { last: states[0]!, all: () => sequences[0]! };
  }
  const inputs = split(extended, length, 0).map((x) => gemm(Ub, squeeze(x, 0)));
  let state: readonly Tensor[] = startOf(inputs[0]!);
  const states = (direction === 'forward' ? inputs : inputs.toReversed()).map((u) => {
    state = step(u, state, (h, plus) => gemm(W, h, plus));
    return state[0]!;
  });
  return { last: states.at(-1)!, all: () => stack(states, direction) };
}

const onEachOther = (parts: readonly Tensor[], axis: number): Tensor =>
  parts.length === 1 ? parts[0]! : concat(parts, axis);

/** States of one direction as the input of the layer above, in the order of time: T tensors [H, N] to [T, H, N]. */
const stack = (states: readonly Tensor[], direction: Direction): Tensor =>
  concat(
    (direction === 'forward' ? states : states.toReversed()).map((h) => unsqueeze(h, 0)),
    0,
  );

/** The last layer's states after all was read, those of both directions side by side: x [N, T, F] to [N, H or 2 H]. */
export function read(config: RnnConfig, x: Tensor, mostUnrolled = MOST_UNROLLED): Tensor {
  const directions: Direction[] = config.bidirectional ? ['forward', 'backward'] : ['forward'];
  const steps = (x.shape[1] as number) * config.layers * directions.length;
  const unrolled = steps <= mostUnrolled;
  let xs = transpose(x, [1, 2, 0]);
  for (let l = 0; ; l++) {
    const states = directions.map((direction) => {
      const name = direction === 'forward' ? `layers.${l}` : `layers.${l}.backward`;
      return readLayer(name, config, xs, { direction, unrolled });
    });
    const last = states.map((hs) => hs.last);
    if (l === config.layers - 1) return transpose(onEachOther(last, 0));
    xs = onEachOther(
      states.map((hs) => hs.all()),
      1,
    );
  }
}

/** The linear head on what was read: x [N, T, F] to [N, O]. */
function head(config: RnnConfig, shape: DataShape, x: Tensor): Tensor {
  const { graph } = x;
  const h = read(config, x);
  const residual = isResidual(config, shape);
  const size = [h.shape[1] as number, headWidth(shape)];
  const w = graph.parameter('head.weight', size, residual ? zeros : xavier);
  const b = graph.parameter('head.bias', [headWidth(shape)], zeros);
  const answer = linear(h, w, b);
  return residual ? addLastKnown(shape, x, answer) : answer;
}

export const rnn: Algorithm<RnnConfig> = {
  name: 'rnn',
  title: 'Recurrent network',
  summary:
    'Reads a sequence step by step and carries what it has seen in a state; for labels, values and forecasts.',
  formula: 'h_t = f(W h_(t-1) + U x_t + b)',
  latex: String.raw`h_t = f(W h_{t-1} + U x_t + b)`,
  goodFor:
    'Series of measurements: labels, values and forecasts from windows in which the order counts. Its cost grows with the length of the window, one step after the other; gru and lstm remember over dozens of steps.',
  symbols: {
    x_t: 'the input at time t',
    h_t: 'the state after time t; the answer is a linear function of the last one',
    U: 'weights from the input, learned',
    W: 'weights from the state before, learned',
    b: 'biases, learned',
    f: 'tanh (simple), or a cell with gates (gru, lstm)',
  },
  paper: {
    title: 'Long Short-Term Memory',
    authors: 'Hochreiter, Schmidhuber',
    year: 1997,
    url: 'https://doi.org/10.1162/neco.1997.9.8.1735',
  },
  tasks: ['classification', 'regression', 'forecast'],
  kinds: ['sequence'],
  baseline: false,
  config,
  metrics: ['accuracy', 'macro_f1', 'log_loss', 'rmse', 'mae', 'r2'],
  baselineFor: simplestFor,

  learning: 'descent',
  plan: epochPlan,
  program: (config, shape, rows) => supervisedProgram(shape, rows, (x) => head(config, shape, x), config),
  feeds: (_, shape, split, rows) => supervisedFeeds(shape, split, rows),
  answer: (config, shape, x) => supervisedAnswer(shape, head(config, shape, x)),
};
