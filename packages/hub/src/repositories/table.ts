import type { Json, Repository, RepositoryKind, Terms } from '@banyan/contract';
import { sql } from 'drizzle-orm';
import { index, jsonb, pgTable, primaryKey, text, uniqueIndex, uuid } from 'drizzle-orm/pg-core';
import { createdAt, idColumn, moment } from '../db/columns.ts';
import { namespaces } from '../people/namespaces.ts';

export const repositories = pgTable(
  'repositories',
  {
    id: idColumn(),
    kind: text().$type<RepositoryKind>().notNull(),
    namespace: text()
      .notNull()
      .references(() => namespaces.slug),
    name: text().notNull(),
    title: text().notNull().default(''),
    visibility: text().$type<Repository['visibility']>().notNull().default('private'),
    licence: text(),
    terms: jsonb().$type<Terms>().notNull(),
    /** The datasets this was derived from, whose consent rules hold here too (policy.ts walks them). */
    sources: jsonb().$type<Repository['sources']>().notNull().default([]),
    /** The YAML head of the README on `main`; null until it was read for the first time. */
    card: jsonb().$type<Record<string, Json>>(),
    /** What the card says, as words to find it by: `license:mit`, `language:en`, the library, its own tags. */
    tags: text().array().notNull().default([]),
    /** The card's first paragraph. */
    summary: text().notNull().default(''),
    createdAt: createdAt(),
    updatedAt: moment()
      .notNull()
      .$defaultFn(() => new Date()),
  },
  (table) => [
    uniqueIndex('repositories_name').on(table.kind, table.namespace, sql`lower(${table.name})`),
    index().on(table.namespace),
    index().using('gin', table.tags),
  ],
);

/** Names that repositories had before they were moved: they go on to lead there, and are nobody else's. */
export const repositoryNames = pgTable(
  'repository_names',
  {
    kind: text().$type<RepositoryKind>().notNull(),
    namespace: text().notNull(),
    /** In lower case. */
    name: text().notNull(),
    repository: uuid()
      .notNull()
      .references(() => repositories.id, { onDelete: 'cascade' }),
  },
  (table) => [
    primaryKey({ columns: [table.kind, table.namespace, table.name] }),
    index().on(table.repository),
  ],
);
