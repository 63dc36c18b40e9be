import { drizzle, type NodePgDatabase, type NodePgQueryResultHKT } from 'drizzle-orm/node-postgres';
import type { PgDatabase } from 'drizzle-orm/pg-core';
import { Pool, type PoolConfig, types } from 'pg';
import type { Logger } from 'pino';
import * as schema from './schema.ts';

export type Database = NodePgDatabase<typeof schema> & { $client: Pool };
/** What store functions take: the database or a transaction on it. */
export type Queries = PgDatabase<NodePgQueryResultHKT, typeof schema>;

// pg gives int8 as text and timestamptz as a local Date: say once what we want of rows that drizzle does not map.
types.setTypeParser(types.builtins.INT8, (text) => {
  const value = Number(text);
  if (!Number.isSafeInteger(value)) throw new RangeError(`an int8 beyond 2^53: ${text}`);
  return value;
});
types.setTypeParser(types.builtins.TIMESTAMPTZ, (text) => new Date(text));

/** Opens a pool; the caller ends it with `db.$client.end()`. */
export function openDatabase(connection: PoolConfig, log: Logger): Database {
  const pool = new Pool({
    max: 20,
    connectionTimeoutMillis: 5000,
    application_name: 'banyan',
    ...connection,
  });
  // An idle connection that breaks has no caller to tell; the next query opens a new one. One that is being closed may
  // still hear that the server stops: that is as it should be.
  pool.on('error', (error) => {
    if (!pool.ending) log.warn({ error: error.message }, 'database connection lost');
  });
  return drizzle({ client: pool, schema, casing: 'snake_case' });
}
