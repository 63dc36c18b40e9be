import { pgTable, text } from 'drizzle-orm/pg-core';
import { createdAt } from '../db/columns.ts';

/** The one space of names that people, organisations and projects share. A slug never changes. */
export const namespaces = pgTable('namespaces', {
  slug: text().primaryKey(),
  kind: text().$type<'person' | 'organisation' | 'project'>().notNull(),
  title: text().notNull(),
  createdAt: createdAt(),
});
