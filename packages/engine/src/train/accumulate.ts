import type { Batch, GradientSession } from './gradient-session.ts';
import type { TrainMemory } from './memory.ts';
import type { Update } from './optim/update.ts';

/** What a step reports of its batch or batches. */
export interface Evaluation {
  loss: number;
  measures: Record<string, number>;
}

/** Computes several batches, and leaves the mean of their gradients, by weight, where that of one batch would be. */
export async function evaluateAll(
  batches: readonly Batch[],
  session: GradientSession,
  update: Update,
  memory: TrainMemory,
): Promise<Evaluation> {
  memory.area('sum').fill(0);
  let [total, loss] = [0, 0];
  const measures: Record<string, number> = {};
  for (const batch of batches) {
    await session.run(batch);
    const weight = session.weight();
    update.addToSum(0, memory.areaBytes, weight);
    total += weight;
    loss += weight * session.loss();
    for (const [name, value] of Object.entries(session.measures()))
      measures[name] = (measures[name] ?? 0) + weight * value;
  }
  update.takeSum(0, memory.areaBytes, 1 / total);
  for (const [name, sum] of Object.entries(measures)) measures[name] = sum / total;
  return { loss: loss / total, measures };
}
