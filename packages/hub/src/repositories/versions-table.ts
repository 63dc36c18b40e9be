import type { Json } from '@banyan/contract';
import { index, jsonb, pgTable, primaryKey, text, uuid } from 'drizzle-orm/pg-core';
import { blobs } from '../blobs/table.ts';
import { createdAt } from '../db/columns.ts';
import { repositories } from './table.ts';

/** Path -> content: all files of one version. */
export type Tree = Record<string, { sha256: string; sizeBytes: number }>;

const repository = () =>
  uuid()
    .notNull()
    .references(() => repositories.id, { onDelete: 'cascade' });

/** Each commit holds its whole tree, so that any version is listed by reading one row. */
export const commits = pgTable(
  'commits',
  {
    repository: repository(),
    /** 40 hexadecimal digits: the head of a sha256 over parent, tree, message, author and time. */
    id: text().notNull(),
    parent: text(),
    message: text().notNull(),
    author: text().notNull(),
    run: uuid(),
    tree: jsonb().$type<Tree>().notNull(),
    createdAt: createdAt(),
  },
  (table) => [primaryKey({ columns: [table.repository, table.id] })],
);

/** Which repositories ever held a blob: what may be read again elsewhere, and what must not be deleted. */
export const repositoryBlobs = pgTable(
  'repository_blobs',
  {
    repository: repository(),
    sha256: text()
      .notNull()
      .references(() => blobs.sha256),
  },
  (table) => [primaryKey({ columns: [table.repository, table.sha256] }), index().on(table.sha256)],
);

export const refs = pgTable(
  'refs',
  {
    repository: repository(),
    kind: text().$type<'branch' | 'tag'>().notNull(),
    name: text().notNull(),
    commit: text().notNull(),
  },
  (table) => [primaryKey({ columns: [table.repository, table.name] })],
);

/** What a prepare job found in a version; while it waits or runs, its job tells. */
export const profiles = pgTable(
  'profiles',
  {
    repository: repository(),
    commit: text().notNull(),
    job: uuid().notNull(),
    profile: jsonb().$type<Json>(),
    rows: jsonb().$type<Record<string, Json>[]>(),
  },
  (table) => [primaryKey({ columns: [table.repository, table.commit] })],
);
