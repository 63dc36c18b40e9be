import { foreignKey, pgTable, primaryKey, text, uuid } from 'drizzle-orm/pg-core';
import { commits } from '../../repositories/versions-table.ts';

/** What Git calls a version: found out once, since it needs the whole history (history.ts). */
export const gitCommits = pgTable(
  'git_commits',
  {
    repository: uuid().notNull(),
    commit: text().notNull(),
    oid: text().notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.repository, table.commit] }),
    foreignKey({
      columns: [table.repository, table.commit],
      foreignColumns: [commits.repository, commits.id],
    }).onDelete('cascade'),
  ],
);
