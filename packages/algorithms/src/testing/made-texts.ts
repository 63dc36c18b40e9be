import { createRandom } from '@banyan/engine';
import type { DataShape, FitData, Split } from '../algorithm.ts';

/** Ids of the special tokens, as the data package gives them. */
export const special = { pad: 0, unk: 1, cls: 2, sep: 3, mask: 4 };

const FIRST = 5;

/**
 * Texts of tokens that a walk brings forth: each is the one before plus 1 or 2, in a circle, so that neighbours tell what
 * a masked token was. The class says whether one rare token occurs.
 */
export function madeTexts(rows: number, { length = 12, vocabulary = 25 } = {}): FitData {
  const shape: DataShape = {
    kind: 'text',
    task: 'classification',
    shape: [length],
    classes: ['without', 'with'],
    vocabulary,
    special,
  };
  const part = (seed: string, count: number): Split => {
    const random = createRandom(seed);
    const x = new Int32Array(count * length);
    const y = Int32Array.from({ length: count }, () => random.integer(2));
    for (const [row, label] of y.entries()) {
      const words = 4 + random.integer(length - 5);
      let place = random.integer(vocabulary);
      const ids = Array.from({ length: words }, () => {
        place += 1 + random.integer(2);
        return FIRST + (place % (vocabulary - FIRST - 1));
      });
      if (label === 1) ids[random.integer(words)] = vocabulary - 1;
      x.set([special.cls, ...ids, special.sep], row * length);
    }
    return { rows: count, shape: [length], x, y };
  };
  return { shape, train: part('train', rows), valid: part('valid', 100) };
}
