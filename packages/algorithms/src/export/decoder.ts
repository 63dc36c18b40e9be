import { attention, concat, createGraph, type Dim, paddingMask, type Tensor, toOnnx } from '@banyan/engine';
import type { DataShape, Tensors } from '../algorithm.ts';
import { transformer } from '../catalogue/gpt.ts';
import { type GptConfig, sizesOf } from '../catalogue/gpt-config.ts';
import type { Attend } from '../catalogue/transformer.ts';

const past = 'past_sequence_length';
const now = 'sequence_length';
const total = `${past} + ${now}`;

/**
 * GPT as Hugging Face lays decoders out, with a cache of keys and values. Inputs, int64: `input_ids` and
 * `position_ids` [B, S], `attention_mask` [B, P + S] (0 hides a position); float32: `past_key_values.{i}.key|value`
 * [B, G, P, d] for G heads of keys. Outputs: `logits` [B, S, V] and `present.{i}.key|value` [B, G, P + S, d].
 * P must be at least 1: ONNX Runtime dies of an empty past, so a first call feeds one row of zeros, masked.
 */
export function exportDecoder(config: GptConfig, shape: DataShape, tensors: Tensors): Uint8Array {
  const { layers } = config;
  const { head, kvHeads } = sizesOf(config);
  const graph = createGraph();
  const batch = 'batch_size';
  const ids = graph.input('input_ids', 'int64', [batch, now]);
  const mask = graph.input('attention_mask', 'int64', [batch, total]);
  const positions = graph.input('position_ids', 'int64', [batch, now]);
  const cache = (layer: number, part: string, length: Dim) =>
    graph.input(`past_key_values.${layer}.${part}`, 'float32', [batch, kvHeads, length, head]);
  const pasts = Array.from({ length: layers }, (_, layer) => ({
    key: cache(layer, 'key', past),
    value: cache(layer, 'value', past),
  }));

  const padding = paddingMask(mask);
  const presents: Record<string, Tensor> = {};
  const attend: Attend = (q, k, v, layer) => {
    const keys = concat([pasts[layer]!.key, k], 2);
    const values = concat([pasts[layer]!.value, v], 2);
    presents[`present.${layer}.key`] = keys;
    presents[`present.${layer}.value`] = values;
    return attention(q, keys, values, { causal: true, mask: padding });
  };
  const logits = transformer(config, shape, ids, positions, attend);
  return toOnnx(graph, { inputs: graph.inputs, outputs: { logits, ...presents }, initializers: tensors });
}
