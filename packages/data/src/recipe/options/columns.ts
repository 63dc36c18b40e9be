import { faultOfFormat } from '@banyan/engine';
import { z } from 'zod';

export const columnName = z.string().min(1, 'must name a column');
const list = z.array(columnName).min(1, 'name at least one column');

/** `"*"`: every column to which the step applies; or one name; or a list of names. */
export const columns = z.union([columnName, list]).default('*');
export const namedColumns = z.union([columnName, list], { error: 'must name a column, or list some' });
export const positive = z.number().positive();
export const wholeNumber = z.number().int('must be a whole number');

/** What becomes of a text that does not read as what it should be. */
const otherwise = z
  .enum(['missing', 'drop', 'error'], { error: 'must be missing, drop or error' })
  .default('missing');

const format = z.string().superRefine((text, context) => {
  const fault = faultOfFormat(text);
  if (fault !== undefined) context.addIssue({ code: 'custom', message: fault });
});
const formats = z.union([format, z.array(format).min(1).max(20)], {
  error: 'must be formats like "%d.%m.%Y" or "%Y-%m-%d %H:%M:%S", each with %Y and a month',
});

/** Steps that choose columns and read what stands in them. */
export const columnSteps = {
  select: z.union([z.strictObject({ columns: namedColumns }), z.strictObject({ except: namedColumns })], {
    error: 'must be { columns: [...] } to keep or { except: [...] } to leave out',
  }),
  rename: z.strictObject({
    columns: z
      .record(columnName, columnName)
      .refine((names) => Object.keys(names).length > 0, 'must be { OLD: NEW, ... }'),
  }),
  cast: z.strictObject({
    columns: namedColumns,
    to: z.enum(['number', 'text', 'boolean', 'date'], { error: 'must be number, text, boolean or date' }),
    otherwise,
  }),
  'parse-dates': z.strictObject({ columns: namedColumns, formats: formats.optional(), otherwise }),
  'parse-units': z.strictObject({
    columns: namedColumns,
    /** The unit that the numbers are in afterwards. */
    to: z.string().min(1),
    /** What one of a unit is in the unit `to`, for units that are not known. */
    factors: z.record(z.string().min(1), positive).default({}),
    otherwise,
  }),
  derive: z.strictObject({ name: columnName, as: z.string().min(1, 'must be an expression') }),
};
