import { json, pgTable, primaryKey, smallint, text, uuid } from 'drizzle-orm/pg-core';
import { repositories } from '../table.ts';

/** The pages of the trees of a repository's versions, by the hash of what they hold (page.ts). They never change. */
export const treePages = pgTable(
  'tree_pages',
  {
    repository: uuid()
      .notNull()
      .references(() => repositories.id, { onDelete: 'cascade' }),
    hash: text().notNull(),
    level: smallint().notNull(),
    /** The paths apart from the rest: walking over folders needs no more than these. */
    paths: json().$type<string[]>().notNull(),
    rest: json().$type<[hash: string, sizeBytes: number, more?: string | number][]>().notNull(),
  },
  (table) => [primaryKey({ columns: [table.repository, table.hash] })],
);
