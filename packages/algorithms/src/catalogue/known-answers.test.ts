import { expect, test } from 'vitest';
import type { AlgorithmName } from '../algorithm.ts';
import { evaluate } from '../fit/evaluate.ts';
import { train } from '../testing/drain.ts';
import { labelledDigits } from '../testing/real-data.ts';

/**
 * MNIST (LeCun et al., 1998), all of it, by default settings but for the epochs. Nothing is chosen by the test images:
 * the weights after the last step are scored once. Seen: mlp 0.9795 after 7 s of one core, cnn 0.9902 after 34 s.
 */
const known: [AlgorithmName, { epochs: number }, number][] = [
  ['mlp', { epochs: 5 }, 0.975],
  ['cnn', { epochs: 2 }, 0.985],
];

test.each(known)(
  'handwritten digits: %s (%o) names at least %d of the test images',
  async (name, config, least) => {
    const { shape, train: images, test: unseen } = labelledDigits();
    const none = { ...unseen, rows: 0, x: new Uint8Array(), y: new Int32Array() };
    const { model } = await train(name, config, { shape, train: images, valid: none }, { threads: 1 });
    expect((await evaluate(model, unseen, { seed: 1 })).metrics.accuracy!.value).toBeGreaterThan(least);
  },
  600_000,
);
