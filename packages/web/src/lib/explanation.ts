import { z } from 'zod';

const explanation = z.object({
  metric: z.string(),
  permutation: z.array(
    z.object({ column: z.string(), importance: z.number(), low: z.number(), high: z.number() }),
  ),
  gradients: z
    .object({
      columns: z.array(z.object({ column: z.string(), meanAbsolute: z.number() })),
      rows: z.array(
        z.object({
          row: z.number(),
          predicted: z.union([z.string(), z.number()]).optional(),
          contributions: z.record(z.string(), z.number()),
        }),
      ),
      completenessError: z.number(),
    })
    .optional(),
  rowsUsed: z.number(),
});
/** What an explain job found: the `explanation.json` of a model. */
export type Explanation = z.infer<typeof explanation>;

export function readExplanation(json: unknown): Explanation | undefined {
  return explanation.safeParse(json).data;
}

/** A row's contributions, the strongest first whichever way they push. */
export function strongest(
  contributions: Readonly<Record<string, number>>,
  limit: number,
): [string, number][] {
  return Object.entries(contributions)
    .sort(([, a], [, b]) => Math.abs(b) - Math.abs(a))
    .slice(0, limit);
}
