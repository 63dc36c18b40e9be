import { type DatePart, dateParts } from '@banyan/engine';
import { z } from 'zod';
import { columnName, columns, namedColumns, positive, wholeNumber } from './columns.ts';

const parts = z.enum(Object.keys(dateParts) as [DatePart, ...DatePart[]], {
  error: `must be some of ${Object.keys(dateParts).join(', ')}`,
});

/** Steps that change values, by what the training rows show. */
export const valueSteps = {
  impute: z.strictObject({
    columns,
    numbers: z
      .union([z.enum(['mean', 'median', 'mode']), z.strictObject({ constant: z.number() })], {
        error: 'must be mean, median, mode or { constant: NUMBER }',
      })
      .default('median'),
    strings: z
      .union([z.enum(['mode']), z.strictObject({ constant: z.string().min(1) })], {
        error: 'must be mode or { constant: TEXT }',
      })
      .default('mode'),
    /** Numbers get the statistic of the rows that have the same value in this column. */
    by: columnName.optional(),
  }),
  'flag-missing': z.strictObject({ columns }),
  outliers: z.strictObject({
    columns,
    method: z.enum(['iqr', 'z']).default('iqr'),
    /** How many interquartile ranges beyond the quartiles (1.5), or standard deviations from the mean (3). */
    factor: positive.max(100).optional(),
    action: z.enum(['drop', 'clip']).default('clip'),
  }),
  scale: z.strictObject({
    columns,
    method: z
      .enum(['standard', 'min-max', 'robust', 'uniform', 'normal', 'log', 'power'], {
        error: 'must be standard, min-max, robust, uniform, normal, log or power',
      })
      .default('standard'),
    /** Quantiles that uniform and normal keep. */
    quantiles: wholeNumber.min(3).max(1000).default(100),
  }),
  log1p: z.strictObject({ columns: namedColumns }),
  bin: z
    .strictObject({
      columns: namedColumns,
      method: z.enum(['width', 'quantile']).default('quantile'),
      bins: wholeNumber.min(2).max(256).default(10),
      /** Given edges, instead of fitted ones: a value belongs to the last edge that it has reached. */
      edges: z.array(z.number()).min(1).max(1000).optional(),
    })
    .refine(({ edges = [] }) => edges.every((edge, i) => i === 0 || edge > edges[i - 1]!), {
      error: 'edges must ascend',
      path: ['edges'],
    }),
  encode: z
    .strictObject({
      columns,
      method: z
        .enum(['one-hot', 'ordinal', 'target', 'hash', 'cycles'], {
          error: 'must be one-hot, ordinal, target, hash or cycles',
        })
        .default('one-hot'),
      /** One-hot: the most features; the rarest categories become one, "other". */
      most: wholeNumber.min(2).max(1000).optional(),
      /** One-hot: categories with fewer training rows than this become one, "other". */
      rare: wholeNumber.min(1).optional(),
      /** Target: parts that the training rows are cut into, each learned from the others. */
      folds: wholeNumber.min(2).max(20).optional(),
      /** Target: how many rows a category must have for its own mean to weigh as much as the mean of all. */
      smoothing: z.number().min(0).max(1e6).optional(),
      /** Hash: how many features. */
      buckets: wholeNumber.min(2).max(1024).optional(),
      /** Cycles: which parts of a date. */
      of: z.union([parts.transform((part) => [part]), z.array(parts).min(1)]).optional(),
    })
    .superRefine((options, context) => {
      const belongs = {
        most: 'one-hot',
        rare: 'one-hot',
        folds: 'target',
        smoothing: 'target',
        buckets: 'hash',
        of: 'cycles',
      };
      for (const [option, method] of Object.entries(belongs))
        if (options[option as keyof typeof belongs] !== undefined && options.method !== method)
          context.addIssue({ code: 'custom', message: `belongs to method: ${method}`, path: [option] });
      if (options.method === 'cycles' && options.columns === '*')
        context.addIssue({ code: 'custom', message: 'must name the columns of dates', path: ['columns'] });
    }),
  'normalize-text': z.strictObject({
    columns: namedColumns,
    form: z.enum(['NFC', 'NFD', 'NFKC', 'NFKD', 'none']).default('NFKC'),
    lowercase: z.boolean().default(true),
    accents: z.enum(['keep', 'strip']).default('keep'),
    /** Tags of HTML, in columns of categories. */
    html: z.enum(['keep', 'strip']).default('keep'),
    /** What stands in the place of addresses of pages, of mail, of numbers. */
    urls: z.string().max(40).regex(/^\S*$/, 'must have no blanks').optional(),
    mails: z.string().max(40).regex(/^\S*$/, 'must have no blanks').optional(),
    numbers: z.string().max(40).regex(/^\S*$/, 'must have no blanks').optional(),
  }),
};
