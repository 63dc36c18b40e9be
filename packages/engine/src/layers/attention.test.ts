/** Attention and rotary positions against their formulas in double precision; gradients are in whole-model.test.ts. */
import { expect, test } from 'vitest';
import { createGraph } from '../create-graph.ts';
import { tensorData } from '../dtype.ts';
import { normal } from '../initializers.ts';
import { toOnnx } from '../onnx.ts';
import { createRandom } from '../random.ts';
import { openSession } from '../runtime/session.ts';
import type { Tensor, TensorData } from '../tensor.ts';
import { silu } from './activations.ts';
import { attention, paddingMask } from './attention.ts';
import { rotate, rotation } from './rotary.ts';

const drawn = (name: string, shape: readonly number[]): TensorData => ({
  dtype: 'float32',
  shape,
  data: normal(1)(createRandom(name), shape),
});

async function compute(outputs: Record<string, Tensor>, feeds: Record<string, TensorData>) {
  const { graph } = Object.values(outputs)[0]!;
  const session = await openSession(toOnnx(graph, { inputs: graph.inputs, outputs }), { threads: 1 });
  const results = await session.run(feeds);
  await session.close();
  return results;
}

function expectClose(found: TensorData, expected: readonly number[]): void {
  expect(found.data.length).toBe(expected.length);
  for (const [at, value] of expected.entries())
    expect(Math.abs(Number(found.data[at]) - value), `element ${at}`).toBeLessThan(1e-5);
}

/** Equation 1, head by head; `sees` says which of the T positions a query may attend to. */
function reference(
  [q, k, v]: TensorData[],
  [B, H, G, S, T, d]: readonly number[],
  sees: (b: number, s: number, t: number) => boolean,
): number[] {
  const element = (x: TensorData, heads: number, length: number) => (b: number, h: number, t: number) =>
    Array.from((x.data as Float32Array).subarray(((b * heads + h) * length + t) * d!).subarray(0, d));
  const [query, key, value] = [element(q!, H!, S!), element(k!, G!, T!), element(v!, G!, T!)];
  const result: number[] = [];
  for (let b = 0; b < B!; b++)
    for (let h = 0; h < H!; h++)
      for (let s = 0; s < S!; s++) {
        const group = Math.floor(h / (H! / G!));
        const at = query(b, h, s);
        const weights = Array.from({ length: T! }, (_, t) =>
          sees(b, s, t)
            ? Math.exp(key(b, group, t).reduce((sum, x, i) => sum + x * at[i]!, 0) / Math.sqrt(d!))
            : 0,
        );
        const total = weights.reduce((sum, w) => sum + w, 0);
        for (let i = 0; i < d!; i++)
          result.push(weights.reduce((sum, w, t) => sum + (w / total) * value(b, group, t)[i]!, 0));
      }
  return result;
}

const [B, S, T, d] = [2, 3, 5, 4];

test.each([
  [4, 4],
  [4, 2],
  [6, 1],
])('%i heads over %i keys, causal and padded, with lengths known before and at run time', async (H, G) => {
  const feeds = {
    q: drawn('q', [B, H, S, d]),
    k: drawn('k', [B, G, T, d]),
    v: drawn('v', [B, G, T, d]),
    shown: tensorData('int64', [B, T], [1, 1, 1, 1, 1, 0, 0, 1, 1, 1]),
  };
  const expected = reference(
    [feeds.q, feeds.k, feeds.v],
    [B, H, G, S, T, d],
    (b, s, t) => t <= T - S + s && !(b === 1 && t < 2),
  );
  for (const [batch, now, all] of [[B, S, T] as const, ['B', 'S', 'P + S'] as const]) {
    const graph = createGraph();
    const y = attention(
      graph.input('q', 'float32', [batch, H, now, d]),
      graph.input('k', 'float32', [batch, G, all, d]),
      graph.input('v', 'float32', [batch, G, all, d]),
      { causal: true, mask: paddingMask(graph.input('shown', 'int64', [batch, all])) },
    );
    expect(y.shape).toEqual([batch, H, now, d]);
    expectClose((await compute({ y }, feeds)).y!, expected);
  }
});

test('heads that do not divide are refused with both shapes', () => {
  const graph = createGraph();
  const [q, k] = [graph.input('q', 'float32', [1, 4, 2, 8]), graph.input('k', 'float32', [1, 3, 2, 8])];
  expect(() => attention(q, k, k)).toThrow('queries [1, 4, 2, 8] over keys [1, 3, 2, 8]');
});

test('rotary positions turn pairs half a head apart, the same from a table and from run-time positions', async () => {
  const x = drawn('x', [B, 2, S, d]);
  const positions = [7, 8, 9];
  const expected = Array.from(x.data as Float32Array, (value, at) => {
    const [t, i] = [Math.floor(at / d) % S, at % d];
    const angle = positions[t]! * 100 ** ((-2 * (i % 2)) / d);
    const other = x.data[i < 2 ? at + 2 : at - 2] as number;
    return value * Math.cos(angle) + (i < 2 ? -other : other) * Math.sin(angle);
  });
  const graph = createGraph();
  const input = graph.input('x', 'float32', [B, 2, S, d]);
  const given = graph.input('positions', 'int64', [B, S]);
  const fixed = graph.constant(Int32Array.from(positions));
  const outputs = {
    table: rotate(input, rotation(fixed, d, 100)),
    atRunTime: rotate(input, rotation(given, d, 100)),
  };
  const feeds = { x, positions: tensorData('int64', [B, S], [...positions, ...positions]) };
  const { table, atRunTime } = await compute(outputs, feeds);
  expectClose(table!, expected);
  expectClose(atRunTime!, expected);
});

test('silu is its formula', async () => {
  const graph = createGraph();
  const x = graph.input('x', 'float32', [5]);
  const values = [-3, -0.5, 0, 0.7, 4];
  const results = await compute({ silu: silu(x) }, { x: tensorData('float32', [5], values) });
  expectClose(
    results.silu!,
    values.map((v) => v / (1 + Math.exp(-v))),
  );
});
