import type { Area, AreaPlan, Update } from './update.ts';

/** Rounds to single precision; after one operation on singles that is what single-precision hardware computes. */
const f = Math.fround;

const at = (values: Float32Array, index: number): number => values[index] ?? 0;

function each(from: number, to: number, update: (i: number) => void): void {
  for (let i = from / 4; i < to / 4; i++) update(i);
}

/** The update as plain TypeScript over the same memory, for tests to hold the WebAssembly against. */
export function referenceUpdate(memory: WebAssembly.Memory, { areas, areaBytes }: AreaPlan): Update {
  const area = (name: Area) =>
    areas.includes(name)
      ? new Float32Array(memory.buffer, areas.indexOf(name) * areaBytes, areaBytes / 4)
      : new Float32Array();
  const [p, g, m, v, s, a] = [
    area('parameter'),
    area('gradient'),
    area('first'),
    area('second'),
    area('sum'),
    area('average'),
  ];

  return {
    sumOfSquares(from, to) {
      let [even, odd] = [0, 0];
      for (let i = from / 4; i < to / 4; i += 2) {
        even += at(g, i) ** 2;
        odd += at(g, i + 1) ** 2;
      }
      return even + odd;
    },

    clip: (from, to, limit) =>
      each(from, to, (i) => {
        g[i] = Math.max(f(-limit), Math.min(f(limit), at(g, i)));
      }),

    addToSum: (from, to, weight) =>
      each(from, to, (i) => {
        s[i] = f(at(s, i) + f(f(weight) * at(g, i)));
      }),

    takeSum: (from, to, factor) =>
      each(from, to, (i) => {
        g[i] = f(f(factor) * at(s, i));
      }),

    average: (from, to, rest) =>
      each(from, to, (i) => {
        a[i] = f(at(a, i) + f(f(rest) * f(at(p, i) - at(a, i))));
      }),

    sgd: (from, to, { scale, l2, keep, momentum, rate }) =>
      each(from, to, (i) => {
        const gradient = f(f(at(g, i) * f(scale)) + f(f(l2) * at(p, i)));
        m[i] = f(f(f(momentum) * at(m, i)) + gradient);
        p[i] = f(f(f(keep) * at(p, i)) - f(f(rate) * at(m, i)));
      }),

    nesterov: (from, to, { scale, l2, keep, momentum, rate }) =>
      each(from, to, (i) => {
        const gradient = f(f(at(g, i) * f(scale)) + f(f(l2) * at(p, i)));
        m[i] = f(f(f(momentum) * at(m, i)) + gradient);
        p[i] = f(f(f(keep) * at(p, i)) - f(f(rate) * f(gradient + f(f(momentum) * at(m, i)))));
      }),

    adam: (from, to, { scale, l2, keep, beta1, beta2, rate, root, epsilon }) =>
      each(from, to, (i) => {
        const gradient = f(f(at(g, i) * f(scale)) + f(f(l2) * at(p, i)));
        m[i] = f(f(f(beta1) * at(m, i)) + f(f(1 - beta1) * gradient));
        v[i] = f(f(f(beta2) * at(v, i)) + f(f(f(1 - beta2) * gradient) * gradient));
        const denominator = f(f(f(root) * f(Math.sqrt(at(v, i)))) + f(epsilon));
        p[i] = f(f(f(keep) * at(p, i)) - f(f(f(rate) * at(m, i)) / denominator));
      }),

    lion: (from, to, { scale, keep, beta1, beta2, rate }) =>
      each(from, to, (i) => {
        const gradient = f(at(g, i) * f(scale));
        const direction = f(f(f(beta1) * at(m, i)) + f(f(1 - beta1) * gradient));
        p[i] = f(f(f(keep) * at(p, i)) - f(f(rate) * (Number(direction > 0) - Number(direction < 0))));
        m[i] = f(f(f(beta2) * at(m, i)) + f(f(1 - beta2) * gradient));
      }),

    lookAhead: (from, to, { scale, momentum }) =>
      each(from, to, (i) => {
        const fresh = f(f(1 - momentum) * f(at(g, i) * f(scale)));
        m[i] = f(f(f(momentum) * at(m, i)) + fresh);
        g[i] = f(f(f(momentum) * at(m, i)) + fresh);
      }),

    descend: (from, to, { keep, rate }) =>
      each(from, to, (i) => {
        p[i] = f(f(f(keep) * at(p, i)) - f(f(rate) * at(v, i)));
      }),
  };
}
