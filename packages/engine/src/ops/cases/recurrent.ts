import { add, gru, lstm, mul, reduceSum, rnn } from '../../operators.ts';
import type { Tensor } from '../../tensor.ts';
import { type Case, type Elements, ids, sum } from './case.ts';

const [T, N, I, H] = [3, 2, 2, 2];
const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));

interface Setting {
  kind: 'rnn' | 'gru' | 'lstm';
  gates: number;
  direction?: 'forward' | 'reverse' | 'bidirectional';
  inputs: readonly ('bias' | 'sequenceLengths' | 'initialH' | 'initialC' | 'peepholes')[];
  options?: { clip?: number; inputForget?: boolean; linearBeforeReset?: boolean; activations?: string[] };
}

const LENGTHS = [2, 3];

/** y, h and c by the formulas of ONNX's documentation, one element after the other. */
function run(
  { kind, gates, direction = 'forward', inputs, options = {} }: Setting,
  all: readonly Elements[],
) {
  const [x, w, r, ...rest] = all as [Elements, Elements, Elements, ...Elements[]];
  const given = Object.fromEntries(inputs.map((name, index) => [name, rest[index] as Elements]));
  const at = (name: string, ...index: number[]) => given[name]?.(...index) ?? 0;
  const limit = options.clip ?? Infinity;
  const hold = (value: number) => Math.min(limit, Math.max(-limit, value));
  const f = (value: number) => sigmoid(hold(value));
  const g = (value: number) => (options.activations ? Math.max(0, hold(value)) : Math.tanh(hold(value)));
  const backs = direction === 'bidirectional' ? [false, true] : [direction === 'reverse'];
  const y = new Map<string, number>();
  const last = backs.map((back, d) =>
    Array.from({ length: N }, (_, n) => {
      let h = Array.from({ length: H }, (_, j) => at('initialH', d, n, j));
      let c = Array.from({ length: H }, (_, j) => at('initialC', d, n, j));
      for (let k = 0; k < T; k++) {
        const t = back ? T - 1 - k : k;
        if (given.sequenceLengths && t >= (LENGTHS[n] ?? 0)) continue;
        const [before, cell] = [h, c];
        const fromX = (row: number) => sum(I, (i) => x(t, n, i) * w(d, row, i)) + at('bias', d, row);
        const bias = (row: number) => at('bias', d, gates * H + row);
        const fromH = (row: number, state = before) =>
          sum(H, (i) => (state[i] as number) * r(d, row, i)) + bias(row);
        const next = Array.from({ length: H }, (_, j) => {
          if (kind === 'rnn') return { h: g(fromX(j) + fromH(j)), c: 0 };
          if (kind === 'gru') {
            const z = f(fromX(j) + fromH(j));
            const reset = before.map((_, i) => f(fromX(H + i) + fromH(H + i)));
            const row = 2 * H + j;
            const candidate = options.linearBeforeReset
              ? g(fromX(row) + (reset[j] as number) * fromH(row))
              : g(
                  fromX(row) +
                    fromH(
                      row,
                      before.map((value, i) => value * (reset[i] as number)),
                    ),
                );
            return { h: (1 - z) * candidate + z * (before[j] as number), c: 0 };
          }
          const gate = (index: number) => fromX(index * H + j) + fromH(index * H + j);
          const old = cell[j] as number;
          const i = f(gate(0) + at('peepholes', d, j) * old);
          const forget = options.inputForget ? 1 - i : f(gate(2) + at('peepholes', d, 2 * H + j) * old);
          const now = forget * old + i * g(gate(3));
          const o = f(gate(1) + at('peepholes', d, H + j) * now);
          return { h: o * Math.tanh(hold(now)), c: now };
        });
        h = next.map((state) => state.h);
        c = next.map((state) => state.c);
        for (const [j, value] of h.entries()) y.set([t, d, n, j].join(), value);
      }
      return { h, c };
    }),
  );
  return {
    y: (...index: readonly number[]) => y.get(index.join()) ?? 0,
    h: (d: number, n: number, j: number) => last[d]?.[n]?.h[j] ?? 0,
    c: (d: number, n: number, j: number) => last[d]?.[n]?.c[j] ?? 0,
  };
}

/** y and, times different numbers, the sums of the last states. */
function recurrentCase(setting: Setting): Case {
  const { kind, gates, direction = 'forward', inputs, options } = setting;
  const D = direction === 'bidirectional' ? 2 : 1;
  const shapes = {
    bias: [D, 2 * gates * H],
    sequenceLengths: ids([N], LENGTHS, 'int32'),
    initialH: [D, N, H],
    initialC: [D, N, H],
    peepholes: [D, 3 * H],
  };
  const operator = { rnn, gru, lstm }[kind];
  return {
    inputs: [[T, N, I], [D, gates * H, I], [D, gates * H, H], ...inputs.map((name) => shapes[name])],
    build(x, w, r, ...rest) {
      const given = Object.fromEntries(inputs.map((name, index) => [name, rest[index] as Tensor]));
      const { y, h, ...more } = operator(x, w, r, { direction, ...given, ...options });
      const sums = add(y, mul(reduceSum(h), 0.5));
      return 'c' in more ? add(sums, mul(reduceSum(more.c as Tensor), -0.25)) : sums;
    },
    reference(...all) {
      const { y, h, c } = run(setting, all);
      const total = (state: typeof h) => sum(D, (d) => sum(N, (n) => sum(H, (j) => state(d, n, j))));
      const rest = 0.5 * total(h) - (kind === 'lstm' ? 0.25 * total(c) : 0);
      return (...index) => y(...index) + rest;
    },
  };
}

export const recurrent = {
  RNN: [
    recurrentCase({ kind: 'rnn', gates: 1, inputs: [] }),
    recurrentCase({
      kind: 'rnn',
      gates: 1,
      direction: 'bidirectional',
      inputs: ['bias', 'sequenceLengths', 'initialH'],
      options: { activations: ['Relu', 'Relu'] },
    }),
  ],
  GRU: [
    recurrentCase({ kind: 'gru', gates: 3, inputs: ['bias'] }),
    recurrentCase({
      kind: 'gru',
      gates: 3,
      direction: 'reverse',
      inputs: ['bias', 'initialH'],
      options: { linearBeforeReset: true },
    }),
    recurrentCase({
      kind: 'gru',
      gates: 3,
      direction: 'bidirectional',
      inputs: ['sequenceLengths'],
      options: { clip: 0.8 },
    }),
  ],
  LSTM: [
    recurrentCase({ kind: 'lstm', gates: 4, inputs: ['bias'] }),
    recurrentCase({
      kind: 'lstm',
      gates: 4,
      direction: 'bidirectional',
      inputs: ['bias', 'sequenceLengths', 'initialH', 'initialC'],
    }),
    recurrentCase({
      kind: 'lstm',
      gates: 4,
      direction: 'reverse',
      inputs: ['initialC', 'peepholes'],
      options: { inputForget: true },
    }),
    recurrentCase({ kind: 'lstm', gates: 4, inputs: ['peepholes'], options: { clip: 0.8 } }),
  ],
} satisfies Record<string, Case[]>;
