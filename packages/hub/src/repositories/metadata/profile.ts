import type { Json } from '@banyan/contract';
import { z } from 'zod';

/** Of the data package's Profile, what metadata needs. */
const profile = z.object({
  rows: z.number(),
  columns: z.array(
    z.object({
      name: z.string(),
      type: z.string(),
      missing: z.number().default(0),
      distinct: z.number().default(0),
      numbers: z.object({ min: z.number(), max: z.number(), mean: z.number() }).optional(),
      times: z.object({ min: z.string(), max: z.string() }).optional(),
      lengths: z.object({ min: z.number(), max: z.number(), mean: z.number() }).optional(),
      top: z.array(z.object({ value: z.union([z.string(), z.boolean()]), count: z.number() })).optional(),
      shape: z.array(z.number()).optional(),
    }),
  ),
});
export type TableProfile = z.infer<typeof profile>;
export type ColumnProfile = TableProfile['columns'][number];

/** A profile as a job wrote it; undefined when there is none, or none of this shape. */
export const readTableProfile = (found: Json | null | undefined): TableProfile | undefined =>
  profile.safeParse(found).data;
