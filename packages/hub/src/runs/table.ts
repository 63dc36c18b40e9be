import type { Evaluation, LogLine, Race, Run, RunSpec, RuntimeFacts } from '@banyan/contract';
import {
  bigint,
  bigserial,
  doublePrecision,
  index,
  integer,
  jsonb,
  pgTable,
  primaryKey,
  text,
  unique,
  uuid,
} from 'drizzle-orm/pg-core';
import { bytea, createdAt, idColumn, moment } from '../db/columns.ts';
import { jobs } from '../jobs/table.ts';
import { projects } from '../projects/table.ts';

/** Several runs on one question: same split, same metric. */
export const races = pgTable(
  'races',
  {
    id: idColumn(),
    project: text()
      .notNull()
      .references(() => projects.slug),
    title: text().notNull(),
    dataset: text().notNull(),
    datasetCommit: text().notNull(),
    metric: text().$type<Race['metric']>().notNull(),
    createdBy: text().notNull(),
    createdAt: createdAt(),
  },
  (table) => [index().on(table.project)],
);

/** One training. Its state, worker, progress and error are its job's. */
export const runs = pgTable(
  'runs',
  {
    id: idColumn(),
    project: text()
      .notNull()
      .references(() => projects.slug),
    number: integer().notNull(),
    name: text().notNull(),
    spec: jsonb().$type<RunSpec>().notNull(),
    datasetCommit: text().notNull(),
    modelCommit: text(),
    job: uuid()
      .notNull()
      .unique()
      .references(() => jobs.id),
    race: uuid().references(() => races.id),
    evaluation: jsonb().$type<Evaluation>(),
    baseline: jsonb().$type<NonNullable<Run['baseline']>>(),
    runtime: jsonb().$type<RuntimeFacts>(),
    createdBy: text().notNull(),
    createdAt: createdAt(),
  },
  (table) => [unique().on(table.project, table.number), index().on(table.race)],
);

const run = () =>
  uuid()
    .notNull()
    .references(() => runs.id, { onDelete: 'cascade' });

/** The newest points of each series, a row each; packed into chunks as they grow. */
export const metricPoints = pgTable(
  'metric_points',
  {
    run: run(),
    name: text().notNull(),
    step: bigint({ mode: 'number' }).notNull(),
    value: doublePrecision().notNull(),
  },
  (table) => [primaryKey({ columns: [table.run, table.name, table.step] })],
);

/** Older points: `steps` and `values` are float64 little-endian, ascending by step, `count` of each. */
export const metricChunks = pgTable(
  'metric_chunks',
  {
    run: run(),
    name: text().notNull(),
    firstStep: bigint({ mode: 'number' }).notNull(),
    lastStep: bigint({ mode: 'number' }).notNull(),
    count: integer().notNull(),
    steps: bytea().notNull(),
    values: bytea().notNull(),
    /** Where the lowest and the highest value are: enough for an overview. */
    minStep: bigint({ mode: 'number' }).notNull(),
    min: doublePrecision().notNull(),
    maxStep: bigint({ mode: 'number' }).notNull(),
    max: doublePrecision().notNull(),
  },
  (table) => [primaryKey({ columns: [table.run, table.name, table.firstStep] })],
);

/** The last lines that a job wrote. */
export const logLines = pgTable(
  'log_lines',
  {
    id: bigserial({ mode: 'number' }).primaryKey(),
    job: uuid()
      .notNull()
      .references(() => jobs.id, { onDelete: 'cascade' }),
    at: moment().notNull(),
    level: text().$type<LogLine['level']>().notNull(),
    message: text().notNull(),
  },
  (table) => [index().on(table.job, table.id)],
);
