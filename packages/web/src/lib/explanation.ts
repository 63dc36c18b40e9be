import { z } from 'zod';

const columns = z.object({
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
/** What moves a model of rows or series. */
export type ColumnExplanation = z.infer<typeof columns>;

const texts = z.object({
  texts: z.object({
    rows: z.array(
      z.object({
        row: z.number(),
        predicted: z.string(),
        words: z.array(z.object({ word: z.string(), contribution: z.number() })),
      }),
    ),
    completenessError: z.number(),
  }),
});
/** What moves a model of texts: words of some held-out ones. */
export type TextExplanation = z.infer<typeof texts>['texts'];

const explanation = z.union([columns, texts]);
/** What an explain job found: the `explanation.json` of a model. */
type Explanation = z.infer<typeof explanation>;

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

/** Contributions by word, summed over the places where it stands. */
export function totals(
  words: readonly { word: string; contribution: number }[],
): Readonly<Record<string, number>> {
  const sums = new Map<string, number>();
  for (const { word, contribution } of words) sums.set(word, (sums.get(word) ?? 0) + contribution);
  return Object.fromEntries(sums);
}
