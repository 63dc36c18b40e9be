import { z } from 'zod';
import { columnName } from './columns.ts';

/** Steps that bring in the columns of another dataset, before all others. */
export const joinSteps = {
  join: z.strictObject({
    dataset: z.string().regex(/^[^/\s]+\/[^/\s]+$/, 'must be namespace/name'),
    /** A branch, tag or commit; the hub writes the commit here that it found. */
    revision: z.string().min(1).max(200).default('main'),
    /** `left` keeps the rows that match nothing, with the joined columns missing. */
    how: z.enum(['left', 'inner'], { error: 'must be left or inner' }).default('left'),
    on: z
      .union([
        columnName,
        z.array(columnName).min(1).max(10),
        z
          .record(columnName, columnName)
          .refine((keys) => Object.keys(keys).length > 0 && Object.keys(keys).length <= 10),
      ])
      .describe('one column, a list of columns, or { HERE: THERE }'),
    /** Of the joined dataset; `"*"`: all but its keys. */
    columns: z.union([columnName, z.array(columnName).min(1)]).default('*'),
    /** Put before the names of the joined columns. */
    prefix: z.string().max(60).optional(),
    /** What the keys of both are read as, where they are written differently. */
    cast: z.enum(['text', 'number', 'date'], { error: 'must be text, number or date' }).optional(),
  }),
};
