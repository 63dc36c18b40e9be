import { z } from 'zod';
import { columnName, columns, wholeNumber } from './columns.ts';

/** Steps that take rows away, or bring some in. */
export const rowSteps = {
  'drop-missing': z.strictObject({ columns }),
  'drop-duplicates': z.strictObject({ columns }),
  'drop-near-duplicates': z.strictObject({
    column: columnName,
    /** The part of their shingles that two texts share, from which on they count as copies. */
    threshold: z.number().min(0.5, 'must be at least 0.5').max(1).default(0.8),
    /** Words in one shingle. */
    shingle: wholeNumber.min(1).max(20).default(3),
  }),
  balance: z.strictObject({
    method: z.enum(['oversample', 'undersample', 'weights'], {
      error: 'must be oversample, undersample or weights',
    }),
  }),
  sample: z.strictObject({ rows: wholeNumber.min(1) }),
};
