import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { Client } from 'pg';

const migrations = path.join(import.meta.dirname, '../db/migrations');

/** How many migrations a hub of before the data room (decision 0003) had run. */
const oldMigrations = 2;

/**
 * Makes the tables of a hub of before the data room in an empty database, and writes the names of the migrations where
 * the migrator looks for them. Migrations are never rewritten, so these are the very statements that such a hub ran.
 */
export async function makeOldTables(client: Client): Promise<void> {
  const journal: { entries: { when: number; tag: string }[] } = JSON.parse(
    await readFile(path.join(migrations, 'meta/_journal.json'), 'utf8'),
  );
  await client.query('create schema drizzle');
  await client.query(
    'create table drizzle.__drizzle_migrations (id serial primary key, hash text not null, created_at bigint)',
  );
  for (const { tag, when } of journal.entries.slice(0, oldMigrations)) {
    await client.query(await readFile(path.join(migrations, `${tag}.sql`), 'utf8'));
    await client.query('insert into drizzle.__drizzle_migrations (hash, created_at) values ($1, $2)', [
      tag,
      when,
    ]);
  }
}
