import { type SQL, sql } from 'drizzle-orm';
import type { PgColumn } from 'drizzle-orm/pg-core';

/** One parameter, however many there are. */
export const isOneOf = (column: PgColumn, hashes: string[]): SQL =>
  sql`${column} = any(${sql.param(hashes)}::text[])`;
