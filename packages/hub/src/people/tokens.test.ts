import { eq, sql } from 'drizzle-orm';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { refused } from '../testing/refused.ts';
import { startTestHub, type TestHub } from '../testing.ts';
import { hashSecret } from './secrets.ts';
import { tokens } from './table.ts';

let hub: TestHub;
beforeAll(async () => {
  hub = await startTestHub();
});
afterAll(() => hub.stop());

it('shows a token once, keeps its hash alone, and notes its use', async () => {
  const { api, username } = await hub.person();
  const made = await api.people.createToken({ name: 'laptop' });
  expect(made.token).toMatch(/^hf_[0-9A-Za-z]{40}$/);
  expect((await hub.client(made.token).people.me()).person.username).toBe(username);
  const [listed] = await api.people.tokens();
  expect(listed).toMatchObject({ name: 'laptop', scope: 'write' });
  expect(listed?.lastUsedAt).toBeDefined();
  const { rows } = await hub.services.db.execute(sql`select tokens::text as row from tokens`);
  expect(JSON.stringify(rows)).not.toContain(made.token);
});

it('refuses expired, revoked and unknown tokens', async () => {
  const { api } = await hub.person();
  const expiring = await api.people.createToken({ name: 'short', expiresInDays: 1 });
  await hub.services.db
    .update(tokens)
    .set({ expiresAt: new Date(Date.now() - 1000) })
    .where(eq(tokens.secretHash, hashSecret(expiring.token)));
  await refused('TOKEN_EXPIRED', hub.client(expiring.token).people.me());

  const revoked = await api.people.createToken({ name: 'lost' });
  await api.people.revokeToken({ id: revoked.id });
  await refused('TOKEN_EXPIRED', hub.client(revoked.token).people.me());
  await refused('NOT_FOUND', api.people.revokeToken({ id: revoked.id }));
  await refused('NOT_SIGNED_IN', hub.client('hf_unknown').system.info());
  await refused('NOT_SIGNED_IN', hub.client().people.me());
});

it('keeps tokens to their owner', async () => {
  const [a, b] = [await hub.person(), await hub.person()];
  const { id } = await a.api.people.createToken({ name: 'mine' });
  await refused('NOT_FOUND', b.api.people.revokeToken({ id }));
  expect((await b.api.people.tokens()).map((token) => token.id)).not.toContain(id);
});

it('lets a reading token read, and change nothing', async () => {
  const { api } = await hub.person();
  const { token } = await api.people.createToken({ name: 'ci', scope: 'read' });
  const reader = hub.client(token);
  await reader.people.me();
  await refused('NOT_ALLOWED', reader.people.updateMe({ name: 'x' }));
  await refused('NOT_ALLOWED', reader.people.createToken({ name: 'stronger', scope: 'write' }));
  await refused('NOT_ALLOWED', reader.projects.create({ slug: 'by-reader', title: 'x' }));
});
