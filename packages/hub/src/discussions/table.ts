import type { DiscussionStatus } from '@banyan/contract';
import { foreignKey, index, integer, jsonb, pgTable, primaryKey, text, uuid } from 'drizzle-orm/pg-core';
import { createdAt, idColumn, moment } from '../db/columns.ts';
import { repositories } from '../repositories/table.ts';

export const discussions = pgTable(
  'discussions',
  {
    repository: uuid()
      .notNull()
      .references(() => repositories.id, { onDelete: 'cascade' }),
    number: integer().notNull(),
    kind: text().$type<'discussion' | 'pull'>().notNull(),
    title: text().notNull(),
    status: text().$type<DiscussionStatus>().notNull(),
    /** Username. */
    author: text().notNull(),
    /** Where a pull request is to be merged. */
    branch: text(),
    mergeCommit: text(),
    createdAt: createdAt(),
    updatedAt: moment()
      .notNull()
      .$defaultFn(() => new Date()),
  },
  (table) => [primaryKey({ columns: [table.repository, table.number] })],
);

/** What an event says, by its kind. A hidden comment has lost its words. */
export type EventContent =
  | { kind: 'comment'; markdown: string; hidden: boolean; editedAt?: string }
  | { kind: 'status'; status: DiscussionStatus }
  | { kind: 'title'; from: string; to: string }
  | { kind: 'commit'; commit: string; message: string }
  | { kind: 'merge'; commit: string };

export const discussionEvents = pgTable(
  'discussion_events',
  {
    id: idColumn(),
    repository: uuid().notNull(),
    number: integer().notNull(),
    author: text().notNull(),
    content: jsonb().$type<EventContent>().notNull(),
    createdAt: createdAt(),
  },
  (table) => [
    foreignKey({
      columns: [table.repository, table.number],
      foreignColumns: [discussions.repository, discussions.number],
    }).onDelete('cascade'),
    index().on(table.repository, table.number),
  ],
);
