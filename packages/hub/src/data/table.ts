import type { Features } from '@banyan/contract';
import { bigint, index, integer, json, jsonb, pgTable, primaryKey, text, uuid } from 'drizzle-orm/pg-core';
import { createdAt } from '../db/columns.ts';
import { repositories } from '../repositories/table.ts';

const version = {
  repository: uuid()
    .notNull()
    .references(() => repositories.id, { onDelete: 'cascade' }),
  /** The version that was looked at. */
  commit: text().notNull(),
};

/** That a version's files were converted to Parquet, and what could not be. */
export const conversions = pgTable(
  'conversions',
  {
    ...version,
    /** Of `refs/convert/parquet`: it holds the Parquet files. Null when there is nothing that could be read. */
    converted: text(),
    problems: jsonb().$type<{ path: string; message: string }[]>().notNull(),
    createdAt: createdAt(),
  },
  (table) => [primaryKey({ columns: [table.repository, table.commit] })],
);

/** The Parquet files of a version's splits. They lie in the tree of its conversion under `path`. */
export const dataTables = pgTable(
  'data_tables',
  {
    ...version,
    config: text().notNull(),
    split: text().notNull(),
    part: integer().notNull(),
    /** Splits in the order in which they are shown. */
    place: integer().notNull(),
    path: text().notNull(),
    sha256: text().notNull(),
    sizeBytes: bigint({ mode: 'number' }).notNull(),
    rows: bigint({ mode: 'number' }).notNull(),
    /** Columns in their order, which `jsonb` would not keep. */
    features: json().$type<Features>().notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.repository, table.commit, table.config, table.split, table.part] }),
    index().on(table.sha256),
  ],
);
