import {
  add,
  and,
  attention,
  concat,
  createGraph,
  type Dim,
  equal,
  lessOrEqual,
  range,
  shapeOf,
  slice,
  squeeze,
  sub,
  type Tensor,
  toOnnx,
  unsqueeze,
  where,
} from '@banyan/engine';
import type { DataShape, Tensors } from '../algorithm.ts';
import { type Attend, type GptConfig, transformer } from '../catalogue/gpt.ts';

const past = 'past_sequence_length';
const now = 'sequence_length';
const total = `${past} + ${now}`;

/**
 * GPT as Hugging Face lays decoders out, with a cache of keys and values. Inputs, int64: `input_ids` and
 * `position_ids` [B, S], `attention_mask` [B, P + S] (0 hides a position); float32: `past_key_values.{i}.key|value`
 * [B, H, P, D / H]. Outputs: `logits` [B, S, V] and `present.{i}.key|value` [B, H, P + S, D / H].
 * P must be at least 1: ONNX Runtime dies of an empty past, so a first call feeds one row of zeros, masked.
 */
export function exportDecoder(config: GptConfig, shape: DataShape, tensors: Tensors): Uint8Array {
  const { layers, heads, width } = config;
  const graph = createGraph();
  const batch = 'batch_size';
  const ids = graph.input('input_ids', 'int64', [batch, now]);
  const mask = graph.input('attention_mask', 'int64', [batch, total]);
  const positions = graph.input('position_ids', 'int64', [batch, now]);
  const cache = (layer: number, part: string, length: Dim) =>
    graph.input(`past_key_values.${layer}.${part}`, 'float32', [batch, heads, length, width / heads]);
  const pasts = Array.from({ length: layers }, (_, layer) => ({
    key: cache(layer, 'key', past),
    value: cache(layer, 'value', past),
  }));

  const bias = attentionBias(ids, mask);
  const presents: Record<string, Tensor> = {};
  const attend: Attend = (q, k, v, layer) => {
    const keys = concat([pasts[layer]!.key, k], 2);
    const values = concat([pasts[layer]!.value, v], 2);
    presents[`present.${layer}.key`] = keys;
    presents[`present.${layer}.value`] = values;
    return attention(q, keys, values, { mask: bias });
  };
  const logits = transformer(config, shape, ids, positions, attend);
  return toOnnx(graph, { inputs: graph.inputs, outputs: { logits, ...presents }, initializers: tensors });
}

/** 0 where position P + s may see position t <= P + s that is not hidden, otherwise -1e9: [B, 1, S, P + S]. */
function attentionBias(ids: Tensor, mask: Tensor): Tensor {
  const [seen, fresh] = [lengthOf(mask), lengthOf(ids)];
  const keys = range(0, seen, total);
  const queries = add(range(0, fresh, now), sub(seen, fresh));
  const causal = lessOrEqual(unsqueeze(keys, 0), unsqueeze(queries, 1));
  const shown = equal(unsqueeze(mask, [1, 2]), 1);
  return where(and(shown, causal), mask.graph.constant(0), -1e9);
}

/** The second dimension at run time, an int64 scalar. */
const lengthOf = (x: Tensor): Tensor => squeeze(slice(shapeOf(x), 0, 1, 2), 0);
