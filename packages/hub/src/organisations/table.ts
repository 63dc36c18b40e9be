import { pgTable, text } from 'drizzle-orm/pg-core';
import { namespaces } from '../people/namespaces.ts';

export const organisations = pgTable('organisations', {
  slug: text()
    .primaryKey()
    .references(() => namespaces.slug),
  kind: text().$type<'university' | 'company' | 'public-lab' | 'other'>().notNull(),
  country: text(),
  homepage: text(),
});
