import path from 'node:path';
import { drizzle } from 'drizzle-orm/node-postgres';
import { migrate as apply } from 'drizzle-orm/node-postgres/migrator';
import { Client, type ClientConfig } from 'pg';
import { convertTrees } from '../repositories/tree/convert.ts';
import * as schema from './schema.ts';

/** Hubs that start together on one database migrate one after the other. */
const migrationLock = 0xba47a4;

/** Brings the database to this version's tables. Throws when the server is older than PostgreSQL 15. */
export async function migrate(connection: ClientConfig): Promise<void> {
  const client = new Client(connection);
  await client.connect();
  try {
    const { rows } = await client.query<{ version: string }>(
      `select current_setting('server_version_num') as version`,
    );
    if (Number(rows[0]?.version) < 150_000) throw new Error('Banyan needs PostgreSQL 15 or newer');
    await client.query('select pg_advisory_lock($1)', [migrationLock]);
    const db = drizzle({ client, schema, casing: 'snake_case' });
    await apply(db, { migrationsFolder: path.join(import.meta.dirname, 'migrations') });
    await convertTrees(db);
  } finally {
    await client.end();
  }
}
