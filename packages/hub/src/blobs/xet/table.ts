import { bigint, index, integer, pgTable, primaryKey, text, uuid } from 'drizzle-orm/pg-core';
import { bytea, createdAt, moment } from '../../db/columns.ts';
import { blobs } from '../table.ts';

const xorb = () =>
  bigint({ mode: 'number' })
    .notNull()
    .references(() => xorbs.id);

/** A collection of chunks as a client packed it; its bytes are kept as they arrived. */
export const xorbs = pgTable('xorbs', {
  id: bigint({ mode: 'number' }).primaryKey().generatedAlwaysAsIdentity(),
  /** The root over its chunks' hashes, in Xet's own notation of hashes. */
  hash: text().notNull().unique(),
  /** Where its bytes are in the store. */
  sha256: text()
    .notNull()
    .unique()
    .references(() => blobs.sha256),
  /** Where each chunk lies: packed, see chunk-index.ts. */
  chunks: bytea().notNull(),
  /** Since when no blob refers to it. */
  orphanedAt: moment(),
  createdAt: createdAt(),
});

/** Who brought a xorb: they may use it again, without holding a file that refers to it. */
export const xorbUploads = pgTable(
  'xorb_uploads',
  {
    xorb: bigint({ mode: 'number' })
      .notNull()
      .references(() => xorbs.id, { onDelete: 'cascade' }),
    uploader: uuid().notNull(),
    createdAt: createdAt(),
  },
  (table) => [primaryKey({ columns: [table.xorb, table.uploader] })],
);

/** Which xorbs hold a chunk. Without a foreign key: its rows go by their hashes, together with their xorb. */
export const xorbChunks = pgTable(
  'xorb_chunks',
  {
    hash: bytea().notNull(),
    xorb: bigint({ mode: 'number' }).notNull(),
    index: integer().notNull(),
  },
  (table) => [primaryKey({ columns: [table.hash, table.xorb] })],
);

/** An assembled blob: runs of chunks, one after the other. */
export const blobSegments = pgTable(
  'blob_segments',
  {
    sha256: text()
      .notNull()
      .references(() => blobs.sha256, { onDelete: 'cascade' }),
    /** Where in the blob the run begins. */
    offsetBytes: bigint({ mode: 'number' }).notNull(),
    sizeBytes: bigint({ mode: 'number' }).notNull(),
    xorb: xorb(),
    chunkStart: integer().notNull(),
    /** Exclusive. */
    chunkEnd: integer().notNull(),
  },
  (table) => [primaryKey({ columns: [table.sha256, table.offsetBytes] }), index().on(table.xorb)],
);
