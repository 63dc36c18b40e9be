import { bigint, boolean, index, pgTable, primaryKey, text, uuid } from 'drizzle-orm/pg-core';
import { bytea, createdAt } from '../db/columns.ts';

/** Every blob that we hold, whole or assembled. A row without bytes never exists: the bytes come first. */
export const blobs = pgTable('blobs', {
  sha256: text().primaryKey(),
  sizeBytes: bigint({ mode: 'number' }).notNull(),
  /** Made of chunks of xorbs (`blob_segments`): the store has no whole copy. */
  assembled: boolean().notNull().default(false),
  /** The sha1 that Git gives these bytes as a file; null when nobody has computed it (of small blobs alone one does). */
  gitOid: text(),
  createdAt: createdAt(),
});

/**
 * Who brought a blob: a person's id, or a job's. Only they, and those who can read it in a repository, may commit it:
 * knowing a hash must not become reading its bytes.
 */
export const uploads = pgTable(
  'uploads',
  {
    sha256: text()
      .notNull()
      .references(() => blobs.sha256, { onDelete: 'cascade' }),
    uploader: uuid().notNull(),
    createdAt: createdAt(),
  },
  (table) => [primaryKey({ columns: [table.sha256, table.uploader] }), index().on(table.uploader)],
);

/** Keys that the hub made for itself, once: what it signs, it alone can check. */
export const hubSecrets = pgTable('hub_secrets', {
  name: text().primaryKey(),
  secret: bytea().notNull(),
  createdAt: createdAt(),
});
