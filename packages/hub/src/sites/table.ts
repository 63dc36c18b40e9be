import type { AlgorithmInfo, JobKind, SitePolicy, Worker } from '@banyan/contract';
import { index, integer, json, jsonb, pgTable, text, uuid } from 'drizzle-orm/pg-core';
import { createdAt, idColumn, moment } from '../db/columns.ts';
import { organisations } from '../organisations/table.ts';

/** Lent compute. Without an organisation it belongs to the hub and its administrators: the site `local`. */
export const sites = pgTable('sites', {
  id: idColumn(),
  name: text().notNull().unique(),
  organisation: text().references(() => organisations.slug),
  title: text().notNull().default(''),
  policy: jsonb().$type<SitePolicy>().notNull().default({}),
  createdAt: createdAt(),
});

/** A process that leases jobs at a site; `lastSeenAt` moves with each of its calls. */
export const workers = pgTable(
  'workers',
  {
    id: idColumn(),
    site: uuid()
      .notNull()
      .references(() => sites.id),
    name: text().notNull(),
    version: text().notNull(),
    host: jsonb().$type<Worker['host']>().notNull(),
    kinds: text().array().$type<JobKind[]>().notNull(),
    slots: integer().notNull(),
    // json, not jsonb: the settings keep the order in which they are declared.
    catalogue: json().$type<AlgorithmInfo[]>().notNull(),
    createdAt: createdAt(),
    lastSeenAt: moment().notNull(),
  },
  (table) => [index().on(table.site)],
);
