import type { Json } from '@banyan/contract';
import { bigint, index, jsonb, pgTable, text } from 'drizzle-orm/pg-core';
import { moment } from '../db/columns.ts';

/** Append-only, held by a trigger (the end of db/migrations/0000_initial.sql). Names are kept as text: a line outlives what it tells of. */
export const ledger = pgTable(
  'ledger',
  {
    sequence: bigint({ mode: 'number' }).primaryKey(),
    at: moment().notNull(),
    actor: text(),
    action: text().notNull(),
    namespace: text(),
    subject: text().notNull(),
    details: jsonb().$type<Json>().notNull(),
    hash: text().notNull(),
  },
  (table) => [index().on(table.namespace, table.sequence), index().on(table.actor)],
);
