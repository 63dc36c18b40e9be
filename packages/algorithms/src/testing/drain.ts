import type { AlgorithmName, FitData, TrainedModel } from '../algorithm.ts';
import { fit } from '../fit/fit.ts';
import type { FitEvent, FitOptions } from '../fit/run.ts';

/** Runs `fit` to its end and keeps what it said on the way. */
export async function train(
  name: AlgorithmName,
  config: Record<string, unknown>,
  data: FitData,
  options: Partial<FitOptions> = {},
): Promise<{ model: TrainedModel; events: FitEvent[] }> {
  const run = fit(name, config, data, { seed: 1, threads: 1, ...options });
  const events: FitEvent[] = [];
  for (;;) {
    const { done, value } = await run.next();
    if (done) return { model: value, events };
    events.push(value);
  }
}

export const eventsOf = <K extends FitEvent['kind']>(
  events: FitEvent[],
  kind: K,
): Extract<FitEvent, { kind: K }>[] =>
  events.filter((event): event is Extract<FitEvent, { kind: K }> => event.kind === kind);
