import { z } from 'zod';

const numbers = z.object({
  infinite: z.number().default(0),
  min: z.number(),
  max: z.number(),
  mean: z.number(),
  std: z.number(),
  quantiles: z.object({
    q05: z.number(),
    q25: z.number(),
    q50: z.number(),
    q75: z.number(),
    q95: z.number(),
  }),
  histogram: z.object({ low: z.number(), high: z.number(), counts: z.array(z.number()) }),
});

const columnProfile = z.object({
  name: z.string(),
  type: z.string(),
  missing: z.number(),
  distinct: z.number(),
  numbers: numbers.optional(),
  times: z.object({ min: z.string(), max: z.string() }).optional(),
  lengths: z.object({ min: z.number(), max: z.number(), mean: z.number() }).optional(),
  top: z.array(z.object({ value: z.union([z.string(), z.boolean()]), count: z.number() })).optional(),
  shape: z.array(z.number()).optional(),
});
export type ColumnProfile = z.infer<typeof columnProfile>;

const profile = z.object({ rows: z.number(), columns: z.array(columnProfile) });
/** What the data package found in a table; see its Profile. */
export type Profile = z.infer<typeof profile>;

/** Reads a profile as it came over the wire; undefined when this page does not know its shape. */
export function readProfile(json: unknown): Profile | undefined {
  return profile.safeParse(json).data;
}

/** An image cell of a preview: a PNG as a data URL, nothing else is shown as an image. */
const imageCell = z.object({
  png: z.string().startsWith('data:image/png;base64,'),
  shape: z.array(z.number()),
});

export function readImageCell(cell: unknown): string | undefined {
  return imageCell.safeParse(cell).data?.png;
}
