import { z } from 'zod';
import { columns, wholeNumber } from './columns.ts';

/** Steps that take rows away, or bring some in. */
export const rowSteps = {
  'drop-missing': z.strictObject({ columns }),
  'drop-duplicates': z.strictObject({ columns }),
  sample: z.strictObject({ rows: wholeNumber.min(1) }),
};
