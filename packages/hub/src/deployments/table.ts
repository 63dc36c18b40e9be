import type { Deployment, Json } from '@banyan/contract';
import { bigint, boolean, index, jsonb, pgTable, text, uuid } from 'drizzle-orm/pg-core';
import { createdAt, idColumn } from '../db/columns.ts';
import { jobs } from '../jobs/table.ts';
import { namespaces } from '../people/namespaces.ts';

/** A model version behind an address. Whether it answers now is known by its tunnel and its job, not stored. */
export const deployments = pgTable(
  'deployments',
  {
    id: idColumn(),
    name: text().notNull().unique(),
    project: text()
      .notNull()
      .references(() => namespaces.slug),
    model: text().notNull(),
    commit: text().notNull(),
    visibility: text().$type<Deployment['visibility']>().notNull(),
    job: uuid()
      .notNull()
      .references(() => jobs.id),
    stopped: boolean().notNull().default(false),
    /** What its worker said of the model: banyan.json, and the Open Inference Protocol's metadata. */
    manifest: jsonb().$type<Json>(),
    metadata: jsonb().$type<Json>(),
    requests: bigint({ mode: 'number' }).notNull().default(0),
    createdBy: text().notNull(),
    createdAt: createdAt(),
  },
  (table) => [index().on(table.project)],
);
