import { bigint, index, integer, pgTable, primaryKey, text, uuid } from 'drizzle-orm/pg-core';
import { createdAt, idColumn, moment } from '../../db/columns.ts';

/** A file that arrives in parts. Its bytes lie in one file beside the blobs until it is complete. */
export const uploadSessions = pgTable(
  'upload_sessions',
  {
    id: idColumn(),
    /** The person who uploads. */
    uploader: uuid().notNull(),
    sizeBytes: bigint({ mode: 'number' }).notNull(),
    /** Of every part but the last. */
    partBytes: integer().notNull(),
    /** As announced, or, once the bytes were hashed, as found. */
    sha256: text(),
    /** When all bytes were found to be those of `sha256`; from then on the store may have taken the file. */
    verifiedAt: moment(),
    completedAt: moment(),
    createdAt: createdAt(),
    expiresAt: moment().notNull(),
  },
  (table) => [index().on(table.uploader), index().on(table.expiresAt)],
);

/** The parts that are durably there; they are numbered from 1. */
export const uploadParts = pgTable(
  'upload_parts',
  {
    session: uuid()
      .notNull()
      .references(() => uploadSessions.id, { onDelete: 'cascade' }),
    number: integer().notNull(),
  },
  (table) => [primaryKey({ columns: [table.session, table.number] })],
);
