import type { Update } from './update.ts';

/** Rounds to single precision; after one operation on singles that is what single-precision hardware computes. */
const f = Math.fround;

const at = (values: Float32Array, index: number): number => values[index] ?? 0;

/** The update as plain TypeScript over the same memory, for tests to hold the WebAssembly against. */
export function referenceUpdate(memory: WebAssembly.Memory, areaBytes: number): Update {
  const area = (index: number) => new Float32Array(memory.buffer, index * areaBytes, areaBytes / 4);
  const [p, g, m, v] = [area(0), area(1), area(2), area(3)];

  return {
    sumOfSquares(from, to) {
      let [even, odd] = [0, 0];
      for (let i = from / 4; i < to / 4; i += 2) {
        even += at(g, i) ** 2;
        odd += at(g, i + 1) ** 2;
      }
      return even + odd;
    },

    sgd(from, to, { scale, l2, keep, momentum, rate }) {
      for (let i = from / 4; i < to / 4; i++) {
        const gradient = f(f(at(g, i) * f(scale)) + f(f(l2) * at(p, i)));
        m[i] = f(f(f(momentum) * at(m, i)) + gradient);
        p[i] = f(f(f(keep) * at(p, i)) - f(f(rate) * at(m, i)));
      }
    },

    adam(from, to, { scale, l2, keep, beta1, beta2, rate, root, epsilon }) {
      for (let i = from / 4; i < to / 4; i++) {
        const gradient = f(f(at(g, i) * f(scale)) + f(f(l2) * at(p, i)));
        m[i] = f(f(f(beta1) * at(m, i)) + f(f(1 - beta1) * gradient));
        v[i] = f(f(f(beta2) * at(v, i)) + f(f(f(1 - beta2) * gradient) * gradient));
        const denominator = f(f(f(root) * f(Math.sqrt(at(v, i)))) + f(epsilon));
        p[i] = f(f(f(keep) * at(p, i)) - f(f(f(rate) * at(m, i)) / denominator));
      }
    },
  };
}
