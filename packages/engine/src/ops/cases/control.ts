import { loop, scan } from '../../functions/control.ts';
import { add, gemm, mul, tanh } from '../../operators.ts';
import type { Tensor } from '../../tensor.ts';
import { type Case, type Elements, ids } from './case.ts';

/** h_t = tanh(W h_(t-1) + x_t) on columns [2, 3], read forwards or backwards, with all its states. */
const recurrent = (reversed: boolean, pick: 'last' | 'all'): Case => ({
  inputs: [
    [2, 3],
    [4, 2, 3],
    [2, 2],
  ],
  build(h, xs, w) {
    const { states, sequences } = scan(
      ([h], [x], [w]) => {
        const next = tanh(gemm(w as Tensor, h as Tensor, x));
        return { states: [next], elements: [mul(next, next)] };
      },
      { states: [h], sequences: [xs], captures: [w], reversed },
    );
    return (pick === 'last' ? states[0] : add(sequences[0] as Tensor, states[0] as Tensor)) as Tensor;
  },
  reference(h, x, w) {
    const stateAfter = (turns: number, i: number, n: number): number => {
      if (turns === 0) return h(i, n);
      const t = reversed ? 4 - turns : turns - 1;
      const before = (k: number) => stateAfter(turns - 1, k, n);
      return Math.tanh(w(i, 0) * before(0) + w(i, 1) * before(1) + x(t, i, n));
    };
    if (pick === 'last') return (i, n) => stateAfter(4, i, n);
    return (t, i, n) => stateAfter(reversed ? 4 - t : t + 1, i, n) ** 2 + stateAfter(4, i, n);
  },
});

/** A running sum, with a factor that every turn sees: its gradient is no product, so it is summed turn by turn. */
const running: Case = {
  inputs: [[3], [5, 3], [3]],
  build: (start, xs, scale) =>
    scan(
      ([sum], [x], [scale]) => ({
        states: [add(sum as Tensor, mul(x as Tensor, scale as Tensor))],
        elements: [],
      }),
      { states: [start], sequences: [xs], captures: [scale] },
    ).states[0] as Tensor,
  reference: (start: Elements, x, scale) => (i) =>
    start(i) + [0, 1, 2, 3, 4].reduce((sum, t) => sum + x(t, i) * scale(i), 0),
};

export const control = {
  Scan: [
    recurrent(false, 'last'),
    recurrent(true, 'last'),
    recurrent(false, 'all'),
    recurrent(true, 'all'),
    running,
  ],
  Loop: [
    {
      inputs: [ids([], [3]), [2], [2]],
      build: (count, x, factor) =>
        loop(count, (_, [x], [factor]) => [mul(x as Tensor, factor as Tensor)], {
          states: [x],
          captures: [factor],
        })[0] as Tensor,
      reference: (_, x, factor) => (i) => x(i) * factor(i) ** 3,
    },
  ],
} satisfies Record<string, Case[]>;
