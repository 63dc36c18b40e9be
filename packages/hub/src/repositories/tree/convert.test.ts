import { Client } from 'pg';
import pino from 'pino';
import { expect, it } from 'vitest';
import { openDatabase } from '../../db/connection.ts';
import { migrate } from '../../db/migrate.ts';
import { createTestDatabase } from '../../testing/database.ts';
import { makeOldTables } from '../../testing/old-database.ts';
import { resolveRevision } from '../versions.ts';
import { commits } from '../versions-table.ts';
import { allFiles } from './listing.ts';

it('gives versions of before trees had pages theirs, and loses no file', async () => {
  const database = await createTestDatabase('empty');
  const client = new Client(database.connection);
  await client.connect();
  await makeOldTables(client);
  const repository = '01890000-0000-7000-8000-000000000001';
  const tree = Object.fromEntries(
    Array.from({ length: 500 }, (_, n) => [
      `Data/${n}.bin`,
      { sha256: `${n}`.padStart(64, '0'), sizeBytes: n },
    ]),
  );
  // These two folders would be one on some computers, which was allowed then.
  const first = { ...tree, 'data/x.bin': { sha256: 'f'.repeat(64), sizeBytes: 1 } };
  await client.query(
    `insert into namespaces (slug, kind, title, created_at) values ('ann', 'person', 'Ann', now())`,
  );
  await client.query(
    `insert into repositories (id, kind, namespace, name, terms, created_at, updated_at)
      values ($1, 'dataset', 'ann', 'old', '{}', now(), now())`,
    [repository],
  );
  for (const [id, parent, files] of [
    ['a'.repeat(40), null, first],
    ['b'.repeat(40), 'a'.repeat(40), {}],
  ])
    await client.query(
      `insert into commits (repository, id, parent, message, author, tree, created_at)
        values ($1, $2, $3, 'old', 'ann', $4, now())`,
      [repository, id, parent, JSON.stringify(files)],
    );
  await client.query(`insert into refs values ($1, 'branch', 'main', $2)`, [repository, 'a'.repeat(40)]);
  await client.end();

  await migrate(database.connection);
  await migrate(database.connection);
  const db = openDatabase(database.connection, pino({ level: 'silent' }));
  const [row] = await db.query.repositories.findMany();
  if (!row) throw new Error('the repository is gone');
  const head = await resolveRevision(db, row, 'main');
  const files = [];
  for await (const { path: name, sha256, sizeBytes } of allFiles(db, head))
    files.push([name, { sha256, sizeBytes }]);
  expect(Object.fromEntries(files)).toEqual(first);
  expect(files).toHaveLength(501);
  const kept = await db.select().from(commits);
  expect(kept.map(({ root, tree: old }) => [root.length, old])).toEqual([
    [64, null],
    [64, null],
  ]);
  await db.$client.end();
  await database.drop();
}, 30_000);
