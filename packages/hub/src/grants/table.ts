import { sql } from 'drizzle-orm';
import { check, index, pgTable, text, uuid } from 'drizzle-orm/pg-core';
import { createdAt, idColumn, moment } from '../db/columns.ts';
import { namespaces } from '../people/namespaces.ts';
import { people } from '../people/table.ts';
import { repositories } from '../repositories/table.ts';
import { sites } from '../sites/table.ts';

/** Consent on a repository or a site. `expired` is not stored: a granted row past `until` reads as expired. */
export const grants = pgTable(
  'grants',
  {
    id: idColumn(),
    repository: uuid().references(() => repositories.id, { onDelete: 'cascade' }),
    site: uuid().references(() => sites.id),
    subject: text()
      .notNull()
      .references(() => namespaces.slug),
    purpose: text().notNull(),
    algorithms: text().array(),
    state: text().$type<'requested' | 'granted' | 'denied' | 'revoked'>().notNull(),
    requestedBy: uuid()
      .notNull()
      .references(() => people.id),
    decidedBy: uuid().references(() => people.id),
    note: text(),
    until: moment(),
    createdAt: createdAt(),
    decidedAt: moment(),
  },
  (table) => [
    index().on(table.repository),
    index().on(table.site),
    index().on(table.subject),
    check('grants_one_resource', sql`num_nonnulls(${table.repository}, ${table.site}) = 1`),
  ],
);
