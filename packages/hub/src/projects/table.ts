import { pgTable, primaryKey, text } from 'drizzle-orm/pg-core';
import { organisations } from '../organisations/table.ts';
import { namespaces } from '../people/namespaces.ts';

export const projects = pgTable('projects', {
  slug: text()
    .primaryKey()
    .references(() => namespaces.slug),
  description: text().notNull().default(''),
  visibility: text().$type<'public' | 'private'>().notNull().default('private'),
});

export const projectOrganisations = pgTable(
  'project_organisations',
  {
    project: text()
      .notNull()
      .references(() => projects.slug, { onDelete: 'cascade' }),
    organisation: text()
      .notNull()
      .references(() => organisations.slug),
  },
  (table) => [primaryKey({ columns: [table.project, table.organisation] })],
);
