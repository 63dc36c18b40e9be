import type { Role } from '@banyan/contract';
import { sql } from 'drizzle-orm';
import { boolean, check, index, pgTable, primaryKey, text, uuid } from 'drizzle-orm/pg-core';
import { createdAt, idColumn, moment } from '../db/columns.ts';
import { sites } from '../sites/table.ts';
import { namespaces } from './namespaces.ts';

export const people = pgTable('people', {
  id: idColumn(),
  username: text()
    .notNull()
    .unique()
    .references(() => namespaces.slug),
  name: text().notNull(),
  biography: text(),
  expertise: text().array().notNull().default([]),
  languages: text().array().notNull().default([]),
  orcid: text(),
  administrator: boolean().notNull().default(false),
  /** argon2id, in its own format with salt and parameters. */
  passwordHash: text(),
  createdAt: createdAt(),
});

/** Who may do what in an organisation or project. A person owns their own namespace without a row here. */
export const memberships = pgTable(
  'memberships',
  {
    namespace: text()
      .notNull()
      .references(() => namespaces.slug),
    person: uuid()
      .notNull()
      .references(() => people.id),
    role: text().$type<Role>().notNull(),
    since: createdAt(),
  },
  (table) => [primaryKey({ columns: [table.namespace, table.person] }), index().on(table.person)],
);

/** Browser sessions; the cookie's secret is stored as its sha256 alone. */
export const sessions = pgTable('sessions', {
  id: idColumn(),
  secretHash: text().notNull().unique(),
  person: uuid()
    .notNull()
    .references(() => people.id),
  createdAt: createdAt(),
  expiresAt: moment().notNull(),
});

/** Bearer tokens (`hf_...`), stored as their sha256: a person's, or a site's with which its workers join. */
export const tokens = pgTable(
  'tokens',
  {
    id: idColumn(),
    secretHash: text().notNull().unique(),
    person: uuid().references(() => people.id),
    site: uuid().references(() => sites.id),
    name: text().notNull(),
    scope: text().$type<'read' | 'write'>().notNull().default('write'),
    createdAt: createdAt(),
    expiresAt: moment(),
    lastUsedAt: moment(),
    revokedAt: moment(),
  },
  (table) => [check('tokens_one_holder', sql`num_nonnulls(${table.person}, ${table.site}) = 1`)],
);

/** One-time codes, stored as their sha256: into the hub, into a namespace, or (set-up) into its administration. */
export const invitations = pgTable('invitations', {
  id: idColumn(),
  codeHash: text().notNull().unique(),
  namespace: text().references(() => namespaces.slug),
  role: text().$type<Role>(),
  invitedBy: uuid().references(() => people.id),
  createdAt: createdAt(),
  expiresAt: moment().notNull(),
  usedAt: moment(),
  usedBy: uuid().references(() => people.id),
});
