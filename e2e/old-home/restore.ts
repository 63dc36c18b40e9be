import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import type { Commit, FileEntry, HubApi, Repository } from '@banyan/contract';
import { Client } from 'pg';
import { startPostgres } from '../../packages/hub/src/db/embedded.ts';
import { makeOldTables } from '../../packages/hub/src/testing/old-database.ts';

type Answer<Call extends (...input: never[]) => unknown> = Awaited<ReturnType<Call>>;

/** What the old hub itself answered, a moment before it stopped. */
interface Seen {
  /** By "kind namespace/name". */
  repositories: Record<
    string,
    {
      /** Who was asked: somebody who may read it. */
      reader: 'ana' | 'ben';
      repository: Repository;
      refs: { kind: string; name: string; commit: string }[];
      card: { markdown: string };
      /** Of datasets. */
      profile?: Answer<HubApi['repositories']['profile']>;
      /** Newest first. */
      versions: { commit: Commit; files: FileEntry[] }[];
    }
  >;
  run: Answer<HubApi['runs']['get']>;
  metrics: Answer<HubApi['runs']['metrics']>;
  logs: Answer<HubApi['runs']['logs']>;
  race: Answer<HubApi['races']['get']>;
  explanation: Answer<HubApi['repositories']['explanation']>;
  ledger: Answer<HubApi['ledger']['list']>;
  me: Answer<HubApi['people']['me']>;
  /** A raw row, and what the served model `birds/kinds` said of it. */
  row: Record<string, string | number>;
  answer: { predictions: { label: string; probabilities: Record<string, number> }[] };
  /** A preparation that was running when the hub was stopped. */
  left: string;
  tokens: { ana: string; ben: string };
}

interface OldHome {
  /** Rows of each table as PostgreSQL writes them in JSON, as text: an int8 must keep its digits. */
  tables: Record<string, string>;
  /** Files of the folder `blobs`, in base64. */
  blobs: Record<string, string>;
  seen: Seen;
}

const say = (message: string): void => void process.stderr.write(`${message}\n`);

/** Fills an empty folder with the home of README.md, as the old hub left it when it was stopped. */
export async function restoreOldHome(home: string): Promise<Seen> {
  const packed = await readFile(join(import.meta.dirname, 'home.json.gz'));
  const { tables, blobs, seen }: OldHome = JSON.parse(gunzipSync(packed).toString());
  const postgres = await startPostgres(home, { info: say, warn: say, error: say });
  const client = new Client(postgres.config);
  await client.connect();
  await makeOldTables(client);
  // Tables come in no order that foreign keys would take.
  await client.query('set session_replication_role = replica');
  for (const [table, rows] of Object.entries(tables))
    await client.query(`insert into ${table} select * from json_populate_recordset(null::${table}, $1)`, [
      rows,
    ]);
  await client.query(`select setval('log_lines_id_seq', (select max(id) from log_lines))`);
  await client.end();
  await postgres.stop();
  for (const [name, content] of Object.entries(blobs)) {
    const file = join(home, 'blobs', name);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, Buffer.from(content, 'base64'));
  }
  return seen;
}
