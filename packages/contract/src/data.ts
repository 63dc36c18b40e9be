import { z } from 'zod';
import { base } from './base.ts';
import { id, json, repositoryName, repositoryPath, revision, sha256, slug } from './names.ts';

/** Configurations and splits as in Hugging Face's cards: `default`, `train`. */
const partName = z
  .string()
  .min(1)
  .max(120)
  // oxlint-disable-next-line no-control-regex -- control characters are what this refuses
  .regex(/^[^\u0000-\u001f/\\<>:"|?*]+$/, 'a name without slashes, quotes and control characters')
  .refine((name) => !/^\.+$/.test(name), 'must not be dots alone');

/**
 * One column as Hugging Face's `datasets` writes it: `{ "dtype": "int64", "_type": "Value" }`, `ClassLabel` with its
 * names, `Image`, `List` of a feature, or an object of features.
 */
export const features = z.record(z.string(), json);
export type Features = z.infer<typeof features>;

/** A page of rows is at most this long; an answer is at most a megabyte. */
export const maxRowsPerPage = 100;
export const maxSqlRows = 10_000;

const orderBy = z
  .array(z.object({ column: z.string().min(1).max(500), descending: z.boolean().default(false) }))
  .max(5);

/** What a reader asks of a split: rows of it, its statistics; or SQL over all splits. */
export const question = z.discriminatedUnion('ask', [
  z.object({
    ask: z.literal('rows'),
    offset: z.number().int().min(0),
    length: z.number().int().min(0).max(maxRowsPerPage),
    /** An SQL expression over the columns, such as `mass > 4000 and species = 'gentoo'`. */
    where: z.string().min(1).max(5000).optional(),
    /** Rows in which any text column holds this, in upper or lower case. */
    search: z.string().min(1).max(500).optional(),
    orderBy: orderBy.optional(),
  }),
  z.object({ ask: z.literal('statistics') }),
  z.object({
    ask: z.literal('sql'),
    sql: z.string().min(1).max(20_000),
    rows: z.number().int().min(1).max(maxSqlRows),
  }),
]);
export type Question = z.infer<typeof question>;

/** A table that a query may read: a split, by its name in SQL, with its Parquet files in order. */
export const queryTable = z.object({
  name: z.string(),
  config: z.string(),
  split: z.string(),
  files: z.array(z.object({ path: z.string(), rows: z.number().int() })),
  features,
});
export type QueryTable = z.infer<typeof queryTable>;

/**
 * A page of rows. An image is a cell `{ src, width, height }`: `src` is a data URL, absent when it is too large to be shown here;
 * the sizes are in pixels, absent when unreadable.
 */
const pageOfRows = z.object({
  ask: z.literal('rows'),
  features,
  /** `index` counts from 0 in the split; cells that were cut are named. */
  rows: z.array(
    z.object({
      index: z.number().int(),
      row: z.record(z.string(), json),
      truncatedCells: z.array(z.string()),
    }),
  ),
  /** How many rows there are in all, or match. */
  total: z.number().int(),
});

export const histogram = z.object({
  /** Of bin i. */
  counts: z.array(z.number().int()),
  /** One more than bins; bin i is [edges[i], edges[i + 1]), the last one is closed. */
  edges: z.array(z.number()),
});

export const columnStatistics = z.object({
  name: z.string(),
  /** `label`: few distinct texts or a ClassLabel; `text`: described by its lengths in characters; `list` by its lengths. */
  type: z.enum(['number', 'integer', 'boolean', 'label', 'text', 'date', 'image', 'list', 'other']),
  missing: z.number().int(),
  distinct: z.number().int().optional(),
  /** Of numbers; of the lengths of texts and lists; of the widths of images. */
  numbers: z
    .object({
      min: z.number(),
      max: z.number(),
      mean: z.number(),
      median: z.number(),
      /** Of the sample (n - 1). */
      std: z.number(),
      quantiles: z.object({ q05: z.number(), q25: z.number(), q75: z.number(), q95: z.number() }),
      histogram,
    })
    .optional(),
  /** Of dates and times, in ISO 8601. */
  span: z.object({ min: z.string(), max: z.string() }).optional(),
  /** The most frequent values of labels and booleans. */
  top: z.array(z.object({ value: z.string(), count: z.number().int() })).optional(),
});
export type ColumnStatistics = z.infer<typeof columnStatistics>;

const statistics = z.object({
  ask: z.literal('statistics'),
  rows: z.number().int(),
  columns: z.array(columnStatistics),
});

const sqlResult = z.object({
  ask: z.literal('sql'),
  columns: z.array(z.object({ name: z.string(), type: z.string() })),
  rows: z.array(z.array(json)),
  /** There are more rows than were asked for, or than fit into the answer. */
  truncated: z.boolean(),
  /** Inside DuckDB. */
  elapsedMs: z.number(),
});

export const answer = z.discriminatedUnion('ask', [pageOfRows, statistics, sqlResult]);
export type Answer = z.infer<typeof answer>;
export type AnswerTo<A extends Question['ask']> = Extract<Answer, { ask: A }>;

/** Limits of one query on a worker. */
export const queryLimits = z.object({
  memoryMb: z.number().int(),
  timeMs: z.number().int(),
  answerBytes: z.number().int(),
});
export type QueryLimits = z.infer<typeof queryLimits>;

/**
 * What a profile job made of a version's files: a split's Parquet file, `part` 0 and on. `given` is the sha256 of a file of
 * the version itself that is Parquet already; any other is handed in under `convertedPath`.
 */
export const convertedFile = z.object({
  config: partName,
  split: partName,
  part: z.number().int().min(0),
  given: sha256.optional(),
  rows: z.number().int().min(0),
  features,
});
export type ConvertedFile = z.infer<typeof convertedFile>;

/** Where it lies in `refs/convert/parquet`, as on Hugging Face. */
export const convertedPath = ({
  config,
  split,
  part,
}: Pick<ConvertedFile, 'config' | 'split' | 'part'>): string =>
  `${config}/${split}/${String(part).padStart(4, '0')}.parquet`;

export const conversionProblem = z.object({ path: z.string().max(1000), message: z.string().max(1000) });

const splitInfo = z.object({
  config: z.string(),
  split: z.string(),
  /** Its name in SQL. */
  table: z.string(),
  rows: z.number().int(),
  /** Of its Parquet files. */
  sizeBytes: z.number().int(),
  features,
});

/** A worker has not answered yet: ask again in a moment. `job` does the work. */
const pending = z.object({ state: z.literal('pending'), job: id, message: z.string().optional() });

const at = z.object({ namespace: slug, name: repositoryName, revision: revision.default('main') });
const ofSplit = at.extend({ config: z.string().max(120).optional(), split: z.string().max(120).optional() });
const route = (path: string, summary: string) =>
  base.route({
    method: 'POST',
    path: `/datasets/{namespace}/{name}${path}`,
    tags: ['data'],
    summary,
  });
const ready = <S extends z.ZodRawShape>(shape: z.ZodObject<S>) =>
  z.discriminatedUnion('state', [shape.extend({ state: z.literal('ready') }), pending]);

/**
 * Looking at a dataset version without downloading it. A worker answers from the version's Parquet; each call waits for
 * it up to 20 seconds and then says `pending`. Without `config` and `split` the first ones are meant.
 */
export const data = {
  splits: base
    .route({
      method: 'GET',
      path: '/datasets/{namespace}/{name}/splits',
      tags: ['data'],
      summary: 'The tables of a dataset version',
    })
    .input(at)
    .output(
      z.object({
        /** `none`: there is no file that could be a table. `failed`: none of them could be read. */
        state: z.enum(['ready', 'pending', 'failed', 'none']),
        dataset: repositoryPath,
        commit: z.string(),
        job: id.optional(),
        message: z.string().optional(),
        splits: z.array(splitInfo),
        /** Files that could not be read, and why. */
        problems: z.array(conversionProblem),
      }),
    ),
  rows: route('/rows', 'Rows of a split: paged, searched, filtered, sorted')
    .input(
      ofSplit.extend({
        offset: z.number().int().min(0).max(1e12).default(0),
        length: z.number().int().min(1).max(maxRowsPerPage).default(50),
        where: z.string().trim().min(1).max(5000).optional(),
        search: z.string().trim().min(1).max(500).optional(),
        orderBy: orderBy.optional(),
      }),
    )
    .output(ready(pageOfRows.omit({ ask: true }))),
  statistics: route('/statistics', 'What is in each column of a split')
    .input(ofSplit)
    .output(ready(statistics.omit({ ask: true }))),
  sql: route('/sql', 'One SELECT over the splits, which are its tables (DuckDB)')
    .input(
      at.extend({
        sql: z.string().trim().min(1).max(20_000),
        rows: z.number().int().min(1).max(maxSqlRows).default(1000),
      }),
    )
    .output(ready(sqlResult.omit({ ask: true }))),
};
