import { parseArgs } from 'node:util';
import { slug } from '@banyan/contract';
import { eq } from 'drizzle-orm';
import type { ClientConfig } from 'pg';
import pino from 'pino';
import { readConfig } from './config.ts';
import { type Database, openDatabase } from './db/connection.ts';
import { readHubFile } from './home.ts';
import { record } from './ledger/record.ts';
import { insertPerson } from './people/store.ts';
import { people } from './people/table.ts';
import { insertToken } from './people/tokens.ts';

const help = `Usage: banyan admin token NAME [--json]

Prints a new access token of an owner of the hub, called NAME: of the owner with that user name if there is one, else
of the first owner. A hub without any gets the owner NAME, who has tokens but no password; its set-up link stays good.
Run it on the hub's machine, as the account that runs the hub: it reads the hub's home (BANYAN_HOME) and writes to its
database (DATABASE_URL, if the hub was started with one).
`;

interface Made {
  token: string;
  username: string;
  /** Whether this owner was made just now. */
  created: boolean;
}

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    options: { json: { type: 'boolean' }, help: { type: 'boolean', short: 'h' } },
    allowPositionals: true,
  });
  const [command, name] = positionals;
  if (values.help) {
    process.stdout.write(help);
    return;
  }
  if (command !== 'token' || name === undefined || !slug.safeParse(name).success)
    throw new Error(`${help}\nNAME consists of lower-case letters, digits, "-", "_" and ".".`);
  const { url, connection } = await findHub();
  const db = openDatabase({ ...connection, max: 1 }, pino({ level: 'silent' }));
  try {
    const made = await makeToken(db, name);
    if (values.json) console.log(JSON.stringify({ ...made, url }));
    else {
      if (made.created) console.error(`This hub had no owner: "${made.username}" is one now.`);
      console.log(made.token);
    }
  } finally {
    await db.$client.end();
  }
}

async function findHub(): Promise<{ url: string; connection: ClientConfig }> {
  const { home, databaseUrl } = readConfig(process.env);
  const hub = await readHubFile(home);
  if (!hub) throw new Error(`No hub runs on ${home}. Start it, or set BANYAN_HOME to its home.`);
  if (hub.database) return { url: hub.url, connection: hub.database };
  if (databaseUrl === undefined)
    throw new Error(
      'This hub uses a database of its own: set DATABASE_URL to the same as when it was started.',
    );
  return { url: hub.url, connection: { connectionString: databaseUrl } };
}

async function makeToken(db: Database, name: string): Promise<Made> {
  return db.transaction(async (tx) => {
    const owners = await tx
      .select()
      .from(people)
      .where(eq(people.administrator, true))
      .orderBy(people.createdAt);
    const known = owners.find(({ username }) => username === name) ?? owners[0];
    const owner =
      known ??
      (await insertPerson(tx, { username: name, name, passwordHash: undefined, administrator: true }));
    const { row, secret } = await insertToken(tx, { person: owner.id, name, scope: 'write' });
    await record(tx, {
      actor: undefined,
      action: 'token.create',
      subject: row.id,
      details: { by: 'banyan admin', username: owner.username },
    });
    return { token: secret, username: owner.username, created: known === undefined };
  });
}

await main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : String(error));
  process.exit(1);
});
