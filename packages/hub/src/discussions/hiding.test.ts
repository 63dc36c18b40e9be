import { eq, sql } from 'drizzle-orm';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { refused } from '../testing/refused.ts';
import { startTestHub, type TestHub, type TestPerson } from '../testing.ts';
import { discussionEvents } from './table.ts';

let hub: TestHub;
let alice: TestPerson;
beforeAll(async () => {
  hub = await startTestHub();
  alice = await hub.person();
});
afterAll(() => hub.stop());

it('a comment that is hidden while it is changed stays hidden', async () => {
  const at = { kind: 'model' as const, namespace: alice.username, name: 'm' };
  await alice.api.repositories.create(at);
  const { number } = await alice.api.discussions.open({ ...at, title: 'Why?' });
  const { id } = await alice.api.discussions.comment({ ...at, number, markdown: 'Words.' });
  const isIt = eq(discussionEvents.id, id);
  const { db } = hub.services;
  const waits = async () => {
    const { rows } = await db.execute(sql`select 1 from pg_stat_activity
      where datname = current_database() and wait_event_type = 'Lock'`);
    return rows.length;
  };
  let editing: Promise<unknown> = Promise.resolve();
  await db.transaction(async (tx) => {
    await tx.select().from(discussionEvents).where(isIt).for('update');
    editing = alice.api.discussions.edit({ ...at, number, comment: id, markdown: 'Other words.' });
    editing.catch(() => {});
    await vi.waitFor(async () => expect(await waits()).toBeGreaterThan(0), { timeout: 10_000 });
    await tx
      .update(discussionEvents)
      .set({ content: { kind: 'comment', markdown: '', hidden: true } })
      .where(isIt);
  });
  await refused('GONE', editing);
  const { events } = await alice.api.discussions.get({ ...at, number });
  expect(events.find((event) => event.id === id)).toMatchObject({ markdown: '', hidden: true });
});
