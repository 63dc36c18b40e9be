import type { AlgorithmInfo } from '@banyan/contract';
import { z } from 'zod';

const fitted = z.looseObject({ kind: z.string(), task: z.string() });
/** What kind of examples a preparation made, and for which task. */
export type PreparedAs = z.infer<typeof fitted>;

export function preparedAs(json: unknown): PreparedAs | undefined {
  return fitted.safeParse(json).data;
}

/** Algorithms that fit such examples: real learners first, baselines after them. */
export function algorithmsFor(
  all: readonly AlgorithmInfo[],
  shape: { kind: string; task: string } | undefined,
): AlgorithmInfo[] {
  if (shape === undefined) return [];
  return all
    .filter(
      ({ tasks, kinds }) =>
        tasks.some((task) => task === shape.task) && kinds.some((kind) => kind === shape.kind),
    )
    .sort((a, b) => Number(a.baseline) - Number(b.baseline));
}
