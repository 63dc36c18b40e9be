import { naturalLog } from './portable-math.ts';

/**
 * A stream of random numbers whose every bit is fixed by its seed, on every machine and engine: xoshiro128** (Blackman
 * and Vigna, 2021) seeded by a hash of the seed, and portable mathematics.
 */
export interface Random {
  /** In [0, 1), a multiple of 2^-32. */
  uniform(): number;
  /** Mean 0, standard deviation 1 (Marsaglia's polar method). */
  normal(): number;
  /**
   * A mask for inverted dropout (Srivastava et al., 2014): each element is 0 with probability `rate`, else 1 / (1 - rate).
   * Two elements are drawn at a time, so `rate` is rounded to a multiple of 2^-16, also in what is kept: the mean is 1.
   */
  mask(size: number, rate: number): Float32Array;
  /** In 0 .. n - 1, without bias. n is at most 2^32. */
  integer(n: number): number;
  /** The numbers 0 .. n - 1 in random order (Fisher and Yates). */
  permutation(n: number): Uint32Array;
  /** An independent stream, fixed by this one's present state and the label; this one does not move. */
  fork(label: string | number): Random;
  /** The present state, for `restoreRandom`. */
  state(): string;
}

/** The values of half a word. */
const HALF = 0x1_0000;
const TWO_TO_32 = 0x1_0000_0000;

type State = [number, number, number, number];

export function createRandom(seed: number | string): Random {
  return fromState(expandSeed(`${typeof seed}:${seed}`));
}

/** The stream that goes on where `state()` was taken. */
export function restoreRandom(state: string): Random {
  const words = state.split('-').map((word) => Number.parseInt(word, 16));
  if (!/^[0-9a-f]{1,8}(-[0-9a-f]{1,8}){3}$/.test(state))
    throw new RangeError(`not the state of a random stream: ${state.slice(0, 60)}`);
  return fromState(words as State);
}

function fromState(state: State): Random {
  let [a, b, c, d] = state;

  function next(): number {
    const result = Math.imul(rotate(Math.imul(b, 5), 7), 9) >>> 0;
    const shifted = b << 9;
    c ^= a;
    d ^= b;
    b ^= c;
    a ^= d;
    c ^= shifted;
    d = rotate(d, 11);
    return result;
  }

  const random: Random = {
    uniform: () => next() / TWO_TO_32,

    normal() {
      for (;;) {
        const x = 2 * random.uniform() - 1;
        const y = 2 * random.uniform() - 1;
        const s = x * x + y * y;
        if (s > 0 && s < 1) return x * Math.sqrt((-2 * naturalLog(s)) / s);
      }
    },

    mask(size, rate) {
      if (!(rate >= 0 && rate < 1)) throw new RangeError(`a mask needs a rate in [0, 1), not ${rate}`);
      const dropped = Math.min(HALF - 1, Math.round(rate * HALF));
      const kept = HALF / (HALF - dropped);
      const [last, low] = [dropped - 1, HALF - 1];
      const mask = new Float32Array(size);
      for (let i = 0; i < size; i += 2) {
        const bits = next();
        // The sign of a difference is 1 where an element is kept: a branch would be guessed wrong too often.
        mask[i] = kept * ((last - (bits & low)) >>> 31);
        // Beyond the end of an odd mask this writes nothing.
        mask[i + 1] = kept * ((last - (bits >>> 16)) >>> 31);
      }
      return mask;
    },

    integer(n) {
      const unbiased = TWO_TO_32 - (TWO_TO_32 % n);
      for (;;) {
        const value = next();
        if (value < unbiased) return value % n;
      }
    },

    permutation(n) {
      const order = Uint32Array.from({ length: n }, (_, index) => index);
      for (let last = n - 1; last > 0; last--) {
        const pick = random.integer(last + 1);
        [order[last], order[pick]] = [order[pick] ?? 0, order[last] ?? 0];
      }
      return order;
    },

    fork: (label) => fromState(expandSeed(`${random.state()}/${label}`)),
    state: () => [a, b, c, d].map((word) => (word >>> 0).toString(16)).join('-'),
  };
  return random;
}

const rotate = (word: number, bits: number): number => (word << bits) | (word >>> (32 - bits));

/** Four words from a text: FNV-1a from four different starts, each finished by splitmix32's mixer. */
function expandSeed(text: string): State {
  const bytes = new TextEncoder().encode(text);
  const word = (lane: number): number => {
    let hash = 0x811c9dc5 ^ Math.imul(lane, 0x9e3779b9);
    for (const byte of bytes) hash = Math.imul(hash ^ byte, 0x01000193);
    hash = Math.imul(hash ^ (hash >>> 16), 0x21f0aaad);
    hash = Math.imul(hash ^ (hash >>> 15), 0x735a2d97);
    return (hash ^ (hash >>> 15)) >>> 0;
  };
  return [word(1), word(2), word(3), word(4)];
}
