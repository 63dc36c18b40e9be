import { gradients, openSession, reduceSum, slice, tensorData, toOnnx } from '@banyan/engine';
import { expect, test } from 'vitest';
import type { AlgorithmName } from '../algorithm.ts';
import { answersOf } from '../fit/evaluate.ts';
import { train } from '../testing/drain.ts';
import { madeTexts, special } from '../testing/made-texts.ts';
import { forwardTexts } from './forward-texts.ts';

const rows = 5;
const data = madeTexts(60);
const [length] = data.shape.shape as [number];
const ids = Int32Array.from(data.valid.x.subarray(0, rows * length));

const readers: [AlgorithmName, Record<string, unknown>][] = [
  ['bert', { layers: 2, heads: 2, width: 16, pretrainingSteps: 5, epochs: 2 }],
  ['linear', { epochs: 3 }],
];

test.each(readers)(
  '%s (%o) answers from the vectors of tokens as from their ids, and with a slope',
  async (name, config) => {
    const { model } = await train(name, config, data);
    const forward = forwardTexts(model);
    const { graph, input, output, parameters } = forward;
    const [slope] = gradients(reduceSum(slice(output, 1, 0, 1)), [input]);
    const session = await openSession(
      toOnnx(graph, { inputs: [input], outputs: { output, slope: slope! }, initializers: parameters }),
    );
    const ask = async (x: Float32Array) =>
      session.run({ x: tensorData('float32', [rows, length, x.length / rows / length], x) });
    const { output: found, slope: slopes } = await ask(forward.examplesOf(ids));
    const { probabilities } = await answersOf(model, data.valid);
    for (const [i, value] of (found!.data as Float32Array).entries())
      expect(value).toBeCloseTo(probabilities![i]!, 5);

    expect(Math.hypot(...(slopes!.data as Float32Array))).toBeGreaterThan(1e-6);

    const silenced = ids.map((id) => (id > special.sep ? special.mask : id));
    const masked = await answersOf(model, {
      ...data.valid,
      rows,
      x: silenced,
      y: data.valid.y!.slice(0, rows),
    });
    const { output: silent } = await ask(forward.silencedOf(ids));
    for (const [i, value] of (silent!.data as Float32Array).entries())
      expect(value).toBeCloseTo(masked.probabilities![i]!, 5);
    await session.close();

    const width = forward.examplesOf(ids).length / ids.length;
    const ones = forward.byToken(new Float32Array(ids.length * width).fill(1));
    expect([...ones]).toEqual(Array.from(ids, () => width));
  },
);

test('what does not look at tokens is refused', async () => {
  const { model } = await train('majority', {}, data);
  expect(() => forwardTexts(model)).toThrow('a majority does not look at single tokens');
});
