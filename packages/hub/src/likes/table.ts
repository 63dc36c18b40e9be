import { index, pgTable, primaryKey, uuid } from 'drizzle-orm/pg-core';
import { createdAt } from '../db/columns.ts';
import { people } from '../people/table.ts';
import { repositories } from '../repositories/table.ts';

/** Who likes which repository. */
export const likes = pgTable(
  'likes',
  {
    repository: uuid()
      .notNull()
      .references(() => repositories.id, { onDelete: 'cascade' }),
    person: uuid()
      .notNull()
      .references(() => people.id),
    createdAt: createdAt(),
  },
  (table) => [primaryKey({ columns: [table.repository, table.person] }), index().on(table.person)],
);
