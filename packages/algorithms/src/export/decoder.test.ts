import { createGraph, openSession, type TensorData, tensorData, toOnnx } from '@banyan/engine';
import { expect, test } from 'vitest';
import { gpt, gptConfigOf } from '../catalogue/gpt.ts';
import { train } from '../testing/drain.ts';
import { mobyDick } from '../testing/real-data.ts';
import { exportModel } from './export.ts';

const sizes = { layers: 2, width: 16, context: 16, steps: 5, batchSize: 4 };
const { layers, width } = sizes;
const styles = [
  { ...sizes, style: 'gpt2', heads: 2, kvHeads: 2 },
  { ...sizes, style: 'llama', heads: 4, kvHeads: 2 },
];

const int64 = (rows: number[][]) => tensorData('int64', [rows.length, rows[0]!.length], rows.flat());
const dummyPast = (rows: number, heads: number, head: number) =>
  Object.fromEntries(
    Array.from({ length: layers }, (_, layer) =>
      ['key', 'value'].map((part) => [
        `past_key_values.${layer}.${part}`,
        tensorData('float32', [rows, heads, 1, head], new Float32Array(rows * heads * head)),
      ]),
    ).flat(),
  ) as Record<string, TensorData>;
const presentAsPast = (results: Record<string, TensorData>) =>
  Object.fromEntries(
    Object.entries(results)
      .filter(([name]) => name.startsWith('present.'))
      .map(([name, value]) => [name.replace('present', 'past_key_values'), value]),
  );

test.each(styles)(
  'the decoder of a $style says with its cache what the model says at once, token by token and in a padded batch',
  async (config) => {
    const [keys, head] = [config.kvHeads, width / config.heads];
    const { model } = await train('gpt', config, mobyDick(3000, 300));
    const ids = [67, 97, 108, 108, 32, 109, 101, 32, 73];
    const graph = createGraph();
    const input = graph.input('ids', 'int32', [1, config.context]);
    const { logits } = gpt.answer(gptConfigOf(model), model.shape, input);
    const whole = await openSession(
      toOnnx(graph, { inputs: [input], outputs: { logits: logits! }, initializers: model.tensors }),
    );
    const padded = tensorData('int32', [1, 16], [...ids, ...Array.from({ length: 7 }, () => 0)]);
    const expected = (await whole.run({ ids: padded })).logits!.data as Float32Array;
    const expectRow = (actual: Float32Array, row: number) => {
      for (let k = 0; k < 256; k++)
        expect(Math.abs(actual[k]! - expected[row * 256 + k]!)).toBeLessThan(1e-4);
    };

    // Prefill of five beside a shorter row padded on the left, then one token at a time.
    const decoder = await openSession(exportModel(model));
    const shorter = [0, 0, ...ids.slice(0, 3)];
    let results = await decoder.run({
      input_ids: int64([ids.slice(0, 5), shorter]),
      attention_mask: int64([
        [0, 1, 1, 1, 1, 1],
        [0, 0, 0, 1, 1, 1],
      ]),
      position_ids: int64([
        [0, 1, 2, 3, 4],
        [0, 0, 0, 1, 2],
      ]),
      ...dummyPast(2, keys, head),
    });
    expect(results.logits!.shape).toEqual([2, 5, 256]);
    expect(results['present.1.value']!.shape).toEqual([2, keys, 6, head]);
    const first = results.logits!.data as Float32Array;
    for (let row = 0; row < 5; row++) expectRow(first.subarray(row * 256), row);
    expectRow(first.subarray((5 + 4) * 256), 2);
    for (let at = 5; at < ids.length; at++) {
      results = await decoder.run({
        input_ids: int64([[ids[at]!], [ids[at - 2]!]]),
        attention_mask: int64([
          [0, ...Array.from({ length: at + 1 }, () => 1)],
          [0, 0, 0, ...Array.from({ length: at - 1 }, () => 1)],
        ]),
        position_ids: int64([[at], [at - 2]]),
        ...presentAsPast(results),
      });
      const next = results.logits!.data as Float32Array;
      expectRow(next, at);
      expectRow(next.subarray(256), at - 2);
    }
    await whole.close();
    await decoder.close();
  },
);

test("weights carry GPT-2's names", async () => {
  const { model } = await train('gpt', { ...sizes, heads: 2, layers: 1, steps: 1 }, mobyDick(1000, 300));
  const block = ['ln_1', 'ln_2', 'attn.c_attn', 'attn.c_proj', 'mlp.c_fc', 'mlp.c_proj'].map(
    (part) => `h.0.${part}`,
  );
  const names = [...block, 'ln_f'].flatMap((part) => [
    `transformer.${part}.bias`,
    `transformer.${part}.weight`,
  ]);
  expect([...model.tensors.keys()].sort()).toEqual(
    [...names, 'transformer.wpe.weight', 'transformer.wte.weight'].sort(),
  );
  expect(model.tensors.get('transformer.h.0.attn.c_attn.weight')?.shape).toEqual([width, 3 * width]);
});

test("weights carry Llama's names", async () => {
  const config = { ...sizes, style: 'llama', heads: 4, kvHeads: 2, layers: 1, steps: 1, tied: false };
  const { model } = await train('gpt', config, mobyDick(1000, 300));
  const parts = [
    'input_layernorm',
    ...['q', 'k', 'v', 'o'].map((part) => `self_attn.${part}_proj`),
    'post_attention_layernorm',
    ...['gate', 'up', 'down'].map((part) => `mlp.${part}_proj`),
  ];
  expect([...model.tensors.keys()].sort()).toEqual(
    [
      'lm_head.weight',
      'model.embed_tokens.weight',
      ...parts.map((part) => `model.layers.0.${part}.weight`),
      'model.norm.weight',
    ].sort(),
  );
  expect(model.tensors.get('model.layers.0.self_attn.k_proj.weight')?.shape).toEqual([8, width]);
  expect(model.tensors.get('model.layers.0.mlp.down_proj.weight')?.shape).toEqual([width, 48]);
});
