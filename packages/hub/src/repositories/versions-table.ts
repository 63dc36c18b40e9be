import type { Json, RefKind } from '@banyan/contract';
import { sql } from 'drizzle-orm';
import { index, jsonb, pgTable, primaryKey, text, uuid } from 'drizzle-orm/pg-core';
import { blobs } from '../blobs/table.ts';
import { createdAt } from '../db/columns.ts';
import { repositories } from './table.ts';

/** How commits once held their files: path -> content. */
type OldTree = Record<string, { sha256: string; sizeBytes: number }>;

const repository = () =>
  uuid()
    .notNull()
    .references(() => repositories.id, { onDelete: 'cascade' });

export const commits = pgTable(
  'commits',
  {
    repository: repository(),
    /** 40 hexadecimal digits: the head of a sha256 over parent, tree, message, author and time. */
    id: text().notNull(),
    parent: text(),
    message: text().notNull(),
    /** What there is to say beyond the message's line. */
    description: text(),
    author: text().notNull(),
    run: uuid(),
    /** The root of its tree of pages; empty in rows of before there were any, until the hub's start gives them theirs. */
    root: text().notNull().default(''),
    /** The files of those rows (tree/convert.ts); null from then on. */
    tree: jsonb().$type<OldTree>(),
    createdAt: createdAt(),
  },
  (table) => [
    primaryKey({ columns: [table.repository, table.id] }),
    index().on(table.repository, table.parent),
    index('commits_unconverted').on(table.createdAt).where(sql`root = ''`),
  ],
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

/** Names of versions. `pull`: `refs/pr/N`, the head of a pull request; `convert`: what the hub made of the data. */
export const refs = pgTable(
  'refs',
  {
    repository: repository(),
    kind: text().$type<RefKind>().notNull(),
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
