import { createGraph, toOnnx } from '@banyan/engine';
import type { TrainedModel } from '../algorithm.ts';
import { classify } from '../catalogue/bert.ts';
import { bertConfigOf } from '../catalogue/bert-encoder.ts';

/**
 * BERT as Hugging Face lays encoders out: int64 `input_ids`, `attention_mask` (0 hides padding) and `token_type_ids`
 * [B, S] to `logits` [B, C].
 */
export function exportEncoder(model: TrainedModel): Uint8Array {
  const graph = createGraph();
  const input = (name: string) => graph.input(name, 'int64', ['batch_size', 'sequence_length']);
  const ids = input('input_ids');
  const [shown, types] = [input('attention_mask'), input('token_type_ids')];
  const logits = classify(bertConfigOf(model), model.shape, ids, { types, shown });
  return toOnnx(graph, { inputs: graph.inputs, outputs: { logits }, initializers: model.tensors });
}
