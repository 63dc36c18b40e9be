import { type TrainedModel, writeHuggingFace } from '@banyan/algorithms';
import { openSession, type TensorData } from '@banyan/engine';

const int64 = (values: number[]): TensorData => ({
  dtype: 'int64',
  shape: [1, values.length],
  data: BigInt64Array.from(values, BigInt),
});

/**
 * What onnx/model.onnx says of a text in our own session: [ids * vocabulary] of a decoder, whose past is one hidden row;
 * [classes] of an encoder.
 */
export async function ourLogits(model: TrainedModel, ids: number[]): Promise<Float32Array> {
  const session = await openSession(writeHuggingFace(model).get('onnx/model.onnx')!, { threads: 1 });
  const hidden = model.algorithm === 'gpt' ? [0] : [];
  const known: Record<string, TensorData> = {
    input_ids: int64(ids),
    attention_mask: int64([...hidden, ...ids.map(() => 1)]),
    position_ids: int64(ids.map((_, place) => place)),
    token_type_ids: int64(ids.map(() => 0)),
  };
  const feeds = session.inputs.map(({ name, shape: [, heads, , depth] }) => [
    name,
    known[name] ?? {
      dtype: 'float32',
      shape: [1, Number(heads), 1, Number(depth)],
      data: new Float32Array(Number(heads) * Number(depth)),
    },
  ]);
  const results = await session.run(Object.fromEntries(feeds));
  await session.close();
  return results['logits']!.data as Float32Array;
}

/** The largest difference of two lists of equal length. */
export function distance(a: ArrayLike<number>, b: ArrayLike<number>): number {
  if (a.length !== b.length || a.length === 0) throw new Error(`${a.length} numbers against ${b.length}`);
  return Array.from(a, (value, at) => Math.abs(value - b[at]!)).reduce((most, d) => Math.max(most, d), 0);
}
