import { exportModel, type TrainedModel } from '@banyan/algorithms';
import { openSession, type TensorData } from '@banyan/engine';

const int64 = (values: number[]): TensorData => ({
  dtype: 'int64',
  shape: [1, values.length],
  data: BigInt64Array.from(values, BigInt),
});

/** What our decoder says at every token of a text, [ids * vocabulary], from a past of one hidden row. */
export async function ourLogits(model: TrainedModel, ids: number[]): Promise<Float32Array> {
  const session = await openSession(exportModel(model), { threads: 1 });
  const past = session.inputs
    .filter(({ name }) => name.startsWith('past_key_values.'))
    .map(({ name, shape: [, heads, , depth] }) => [
      name,
      {
        dtype: 'float32',
        shape: [1, Number(heads), 1, Number(depth)],
        data: new Float32Array(Number(heads) * Number(depth)),
      },
    ]);
  const results = await session.run({
    input_ids: int64(ids),
    attention_mask: int64([0, ...ids.map(() => 1)]),
    position_ids: int64(ids.map((_, place) => place)),
    ...Object.fromEntries(past),
  });
  await session.close();
  return results['logits']!.data as Float32Array;
}

/** The largest difference of two lists of equal length. */
export function distance(a: ArrayLike<number>, b: ArrayLike<number>): number {
  if (a.length !== b.length || a.length === 0) throw new Error(`${a.length} numbers against ${b.length}`);
  return Array.from(a, (value, at) => Math.abs(value - b[at]!)).reduce((most, d) => Math.max(most, d), 0);
}
