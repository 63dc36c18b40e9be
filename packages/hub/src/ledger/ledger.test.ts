import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { refused } from '../testing/refused.ts';
import { startTestHub, type TestHub } from '../testing.ts';
import { record } from './record.ts';

let hub: TestHub;
beforeAll(async () => {
  hub = await startTestHub();
});
afterAll(() => hub.stop());

it('records deeds for those who see where they were done', async () => {
  const founder = await hub.person();
  const slug = await hub.project(founder);
  const member = await hub.member(founder, slug, 'reader');
  const { items } = await member.api.ledger.list({ namespace: slug });
  expect(items.map(({ action, actor, subject }) => [action, actor, subject])).toEqual([
    ['member.set', founder.username, member.username],
    ['project.create', founder.username, slug],
  ]);
  await refused('NOT_FOUND', (await hub.person()).api.ledger.list({ namespace: slug }));
  const ofOwner = await (await hub.owner()).api.ledger.list({});
  expect(ofOwner.items.map((entry) => entry.namespace)).not.toContain(slug);
});

it('pages without gaps', async () => {
  const founder = await hub.person();
  const slug = await hub.project(founder);
  for (let count = 0; count < 4; count++)
    await founder.api.projects.update({ slug, title: `Title ${count}` });
  const first = await founder.api.ledger.list({ namespace: slug, limit: 3 });
  const rest = await founder.api.ledger.list({ namespace: slug, limit: 3, cursor: first.nextCursor ?? '' });
  expect([...first.items, ...rest.items].map((entry) => entry.action)).toEqual([
    ...Array.from({ length: 4 }, () => 'project.update'),
    'project.create',
  ]);
  expect(rest.nextCursor).toBeUndefined();
  await refused('BAD_INPUT', founder.api.ledger.list({ cursor: 'x' }), { field: 'cursor' });
});

it('chains concurrent deeds and keeps none of a deed undone', async () => {
  const people = await Promise.all(Array.from({ length: 8 }, () => hub.person()));
  await Promise.all(people.map((person) => hub.project(person)));
  const { api } = await hub.owner();
  const before = await api.ledger.verify();
  expect(before).toMatchObject({ intact: true });
  expect(before.entries).toBeGreaterThanOrEqual(8);
  const { db } = hub.services;
  await db
    .transaction(async (tx) => {
      await record(tx, { actor: undefined, action: 'test.undone', subject: 'x' });
      throw new Error('undo');
    })
    .catch(() => undefined);
  expect(await api.ledger.verify()).toEqual(before);
});

it('refuses changes in the database itself, and notices one made past the trigger', async () => {
  const { db } = hub.services;
  const { api } = await hub.owner();
  for (const statement of ['update ledger set actor = null', 'delete from ledger', 'truncate ledger'])
    await expect(db.execute(sql.raw(statement))).rejects.toMatchObject({
      cause: { message: expect.stringContaining('append-only') },
    });
  await db.execute(sql`alter table ledger disable trigger ledger_append_only`);
  const { rows } = await db.execute<{ sequence: number }>(
    sql`update ledger set details = '{"forged": true}' where sequence = 3 returning sequence`,
  );
  expect(rows).toHaveLength(1);
  expect(await api.ledger.verify()).toEqual({ entries: 2, intact: false, firstBroken: 3 });
});
