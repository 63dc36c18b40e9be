import type { Job, JobKind, Json, Progress, QueryTable, Question, RepositoryKind } from '@banyan/contract';
import { sql } from 'drizzle-orm';
import { boolean, index, integer, jsonb, pgTable, text, uuid } from 'drizzle-orm/pg-core';
import { createdAt, idColumn, moment } from '../db/columns.ts';
import { namespaces } from '../people/namespaces.ts';
import { sites, workers } from '../sites/table.ts';

/** A version that a job reads: resolved to its commit when the job was made, consent asked again at each lease. */
export interface InputRef {
  /** `join`: a dataset that the recipe joins; a job may have several. */
  role: 'dataset' | 'model' | 'join';
  kind: RepositoryKind;
  repository: string;
  path: string;
  commit: string;
}

/** What the kinds of work need beside their inputs. */
export type Order =
  | { kind: 'prepare'; recipe?: Json; seed: number; output?: string }
  | { kind: 'train'; run: string }
  | { kind: 'evaluate'; seed: number }
  | { kind: 'explain'; rows: number; seed: number }
  | { kind: 'serve'; deployment: string }
  /** `version` was asked about; `key` is the same for the same question about the same files. */
  | {
      kind: 'query';
      key: string;
      version: string;
      tables: Omit<QueryTable, 'features'>[];
      question: Question;
    };

/** The queue. While a job runs, whoever holds `leaseToken` (new at each attempt) has it until `leaseUntil`. */
export const jobs = pgTable(
  'jobs',
  {
    id: idColumn(),
    kind: text().$type<JobKind>().notNull(),
    namespace: text()
      .notNull()
      .references(() => namespaces.slug),
    title: text().notNull(),
    state: text().$type<Job['state']>().notNull().default('queued'),
    priority: integer().notNull().default(0),
    order: jsonb().$type<Order>().notNull(),
    inputs: jsonb().$type<InputRef[]>().notNull(),
    algorithm: text(),
    /** The one site its maker asked for. */
    wantedSite: text(),
    /** Where it may run, by its maker's wish and the data's terms; null: anywhere. Read again at each lease. */
    sites: text().array(),
    attempt: integer().notNull().default(0),
    maxAttempts: integer().notNull().default(5),
    runAt: createdAt(),
    leaseToken: text(),
    leaseUntil: moment(),
    worker: uuid().references(() => workers.id),
    site: uuid().references(() => sites.id),
    cancelRequested: boolean().notNull().default(false),
    progress: jsonb().$type<Progress>(),
    checkpoint: jsonb().$type<{ step: number; sha256: string; sizeBytes: number }>(),
    error: jsonb().$type<{ code: string; message: string }>(),
    result: jsonb().$type<Json>(),
    createdBy: text().notNull(),
    createdAt: createdAt(),
    /** Of the first attempt. */
    startedAt: moment(),
    /** Of the attempt that runs. */
    attemptAt: moment(),
    finishedAt: moment(),
  },
  (table) => [
    index().on(table.state, table.priority, table.runAt),
    index().on(table.namespace),
    index().on(table.worker),
    index('jobs_query').on(sql`(${table.order}->>'key')`).where(sql`kind = 'query'`),
  ],
);

export type JobRow = typeof jobs.$inferSelect;
