import { HubError } from '@banyan/contract';
import { DrizzleQueryError, sql } from 'drizzle-orm';
import { Client } from 'pg';
import pino from 'pino';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { asRefusal } from './failures.ts';
import { refused } from './testing/refused.ts';
import { startTestHub, type TestHub } from './testing.ts';

let hub: TestHub;
beforeAll(async () => {
  hub = await startTestHub();
});
afterAll(() => hub.stop());

/** Runs statements on the cluster, from outside of the hub's own database. */
async function administer(...statements: string[]): Promise<void> {
  const { host, user } = hub.database;
  const client = new Client({ host, user, database: 'postgres' });
  await client.connect();
  for (const statement of statements) await client.query(statement);
  await client.end();
}

it('says so while the database is gone, and goes on when it is back', async () => {
  const { api } = await hub.person();
  const { database } = hub.database;
  await administer(
    `alter database ${database} allow_connections false`,
    `select pg_terminate_backend(pid) from pg_stat_activity where datname = '${database}'`,
  );
  await refused('UNAVAILABLE', api.people.me());
  expect((await fetch(`${hub.url}/healthz`)).status).toBe(503);
  await administer(`alter database ${database} allow_connections true`);
  await expect
    .poll(
      () =>
        api.people.me().then(
          () => 'back',
          () => 'gone',
        ),
      { timeout: 10_000 },
    )
    .toBe('back');
  // Its listener comes back too: other processes' events arrive again.
  const heard = hub.services.events.wait('job.queued', 'x', 20_000);
  await expect
    .poll(
      async () => {
        await hub.services.events.publish(hub.services.db, { topic: 'job.queued', id: 'x' });
        return Promise.race([heard.then(() => 'heard'), new Promise((resolve) => setTimeout(resolve, 100))]);
      },
      { timeout: 15_000 },
    )
    .toBe('heard');
});

it('hides what nobody foresaw, and logs no parameters', async () => {
  const lines: string[] = [];
  const log = pino({ level: 'debug' }, { write: (line: string) => void lines.push(line) });
  const secret = 'hf_do-not-log-me';
  const error = await hub.services.db.execute(sql`select 1 / (length(${secret}) - length(${secret}))`).then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(DrizzleQueryError);
  const refusal = asRefusal(error, log);
  expect(refusal).toMatchObject({ code: 'INTERNAL', message: new HubError('INTERNAL').message });
  expect(lines.join()).toContain('division by zero');
  expect(lines.join()).not.toContain(secret);
});
