import { expect, test } from 'vitest';
import { gradients } from '../backward.ts';
import { checkpointed } from '../checkpointing.ts';
import { createGraph } from '../create-graph.ts';
import { tensorData } from '../dtype.ts';
import { normal } from '../initializers.ts';
import { toOnnx } from '../onnx.ts';
import { mul, reduceSum } from '../operators.ts';
import { createRandom } from '../random.ts';
import { openSession } from '../runtime/session.ts';
import type { Tensor } from '../tensor.ts';
import { transformer, zerosFor } from '../testing/models.ts';
import { trainInProcess } from '../testing/process.ts';
import { orderForMemory } from '../train/execution-order.ts';
import { createTrainer } from '../train/trainer.ts';
import { type AttentionOptions, attention } from './attention.ts';

interface Sizes {
  heads: number;
  keyHeads: number;
  length: number;
  masked?: number;
}

/** Values and gradients of attention over random q, k, v of a batch of 2 and a depth of 5. */
async function compute({ heads, keyHeads, length, masked = 0 }: Sizes, options: AttentionOptions) {
  const graph = createGraph();
  const [q, k, v, dy] = [heads, keyHeads, keyHeads, heads].map((count, index) =>
    graph.input(['q', 'k', 'v', 'dy'][index] as string, 'float32', [2, count, length, 5]),
  ) as [Tensor, Tensor, Tensor, Tensor];
  const shown = Float32Array.from({ length: 2 * length }, (_, i) =>
    i % length >= length - masked ? -1e9 : 0,
  );
  const mask = masked > 0 ? { mask: graph.constant(shown, [2, 1, 1, length]) } : {};
  const y = attention(q, k, v, { ...options, ...mask });
  const [dq, dk, dv] = gradients(reduceSum(mul(y, dy)), [q, k, v]) as [Tensor, Tensor, Tensor];
  const file = toOnnx(graph, {
    inputs: [q, k, v, dy],
    outputs: { y, dq, dk, dv },
    order: orderForMemory,
  });
  const session = await openSession(file, { threads: 1 });
  const random = createRandom('tiles');
  const results = await session.run(
    Object.fromEntries(
      [q, k, v, dy].map(({ name, shape }) => [
        name,
        tensorData('float32', shape as number[], normal(1)(random, shape as number[])),
      ]),
    ),
  );
  await session.close();
  return results;
}

test.each<[string, Sizes, AttentionOptions]>([
  ['causal', { heads: 2, keyHeads: 2, length: 24 }, { causal: true }],
  ['causal, the last tile not full', { heads: 2, keyHeads: 2, length: 29 }, { causal: true }],
  ['causal, keys shared by groups of heads', { heads: 4, keyHeads: 2, length: 21 }, { causal: true }],
  ['both ways', { heads: 2, keyHeads: 2, length: 24 }, {}],
  ['both ways, the last tile not full', { heads: 2, keyHeads: 1, length: 19 }, {}],
  ['both ways, padding masked', { heads: 2, keyHeads: 2, length: 27, masked: 11 }, {}],
  ['causal, padding masked', { heads: 2, keyHeads: 2, length: 16, masked: 3 }, { causal: true }],
])(
  'in tiles values and gradients are those of whole attention, to rounding: %s',
  async (_, sizes, options) => {
    const [whole, tiled] = [await compute(sizes, options), await compute(sizes, { ...options, tile: 8 })];
    for (const [name, { data, shape }] of Object.entries(whole)) {
      expect(tiled[name]?.shape).toEqual(shape);
      for (const [i, value] of (data as Float32Array).entries())
        expect(Math.abs(value - Number(tiled[name]?.data[i])), `${name}[${i}]`).toBeLessThan(1e-5);
    }
  },
);

test('a context of 4,096 trains without its scores', async () => {
  const { peakBytes, plan } = await trainInProcess(
    `models.transformer({ rows: 1, context: 4096, width: 32, heads: 2, layers: 2,
       attend: (q, k, v) => engine.attention(q, k, v, { causal: true }) })`,
  );
  // One matrix of scores of one layer, of which whole attention holds several.
  const scoreBytes = 4 * 2 * 4096 ** 2;
  expect(peakBytes - plan.bytes.runtime).toBeLessThan(scoreBytes);
  expect(plan.bytes.activations).toBeLessThan(scoreBytes / 2);
});

test('the deterministic lane takes tiles, scans and checkpointed segments too', async () => {
  const losses = await Promise.all(
    (['native', 'deterministic'] as const).map(async (lane) => {
      const program = transformer({
        rows: 2,
        context: 20,
        width: 8,
        heads: 2,
        layers: 2,
        attend: (q, k, v) => attention(q, k, v, { causal: true, tile: 8 }),
        block: checkpointed,
      });
      const optimizer = { kind: 'sgd', learningRate: 0.5 } as const;
      const trainer = await createTrainer(program, { optimizer, seed: 1, lane });
      await trainer.step(zerosFor(program));
      const { loss } = await trainer.step(zerosFor(program));
      await trainer.close();
      return loss;
    }),
  );
  expect(losses[1]).toBeCloseTo(losses[0] as number, 4);
});
