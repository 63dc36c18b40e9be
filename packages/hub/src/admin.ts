import { parseArgs } from 'node:util';
import { and, eq } from 'drizzle-orm';
import type { ClientConfig } from 'pg';
import pino from 'pino';
import { readConfig } from './config.ts';
import { type Database, openDatabase } from './db/connection.ts';
import { readHubFile } from './home.ts';
import { record } from './ledger/record.ts';
import { needsSetup } from './people/setup.ts';
import { insertPerson } from './people/store.ts';
import { people } from './people/table.ts';
import { insertToken } from './people/tokens.ts';

const help = `Usage: banyan admin token NAME [--json]

Prints a new access token of the hub's administrator NAME. A hub without an owner gets the administrator NAME.
Run it on the hub's machine, as the account that runs the hub: it reads the hub's home (BANYAN_HOME) and writes to its
database (DATABASE_URL, if the hub was started with one).
`;

interface Made {
  token: string;
  username: string;
  /** Whether NAME was made just now. */
  created: boolean;
}

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    options: { json: { type: 'boolean' }, help: { type: 'boolean', short: 'h' } },
    allowPositionals: true,
  });
  const [command, username] = positionals;
  if (values.help) {
    process.stdout.write(help);
    return;
  }
  if (command !== 'token' || username === undefined || !/^[a-z0-9][a-z0-9._-]{0,95}$/.test(username))
    throw new Error(`${help}\nNAME is a user name: lower-case letters, digits, "-", "_" and ".".`);
  const { url, connection } = await findHub();
  const db = openDatabase({ ...connection, max: 1 }, pino({ level: 'silent' }));
  try {
    const made = await makeToken(db, username);
    if (values.json) console.log(JSON.stringify({ ...made, url }));
    else {
      if (made.created) console.error(`This hub had no owner: "${username}" is its administrator now.`);
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

async function makeToken(db: Database, username: string): Promise<Made> {
  return db.transaction(async (tx) => {
    const created = await needsSetup(tx);
    if (created)
      await insertPerson(tx, { username, name: username, passwordHash: undefined, administrator: true });
    const [person] = await tx
      .select()
      .from(people)
      .where(and(eq(people.username, username), eq(people.administrator, true)));
    if (!person) {
      const all = await tx
        .select({ username: people.username })
        .from(people)
        .where(eq(people.administrator, true));
      throw new Error(
        `"${username}" is no administrator of this hub. Its administrators: ${all.map((row) => row.username).join(', ')}.`,
      );
    }
    const { row, secret } = await insertToken(tx, {
      person: person.id,
      name: 'banyan admin token',
      scope: 'write',
    });
    await record(tx, {
      actor: undefined,
      action: 'token.create',
      subject: row.id,
      details: { by: 'banyan admin', username },
    });
    return { token: secret, username, created };
  });
}

await main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : String(error));
  process.exit(1);
});
