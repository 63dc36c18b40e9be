import { and, eq } from 'drizzle-orm';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { grants } from '../../grants/table.ts';
import { push } from '../../testing/flow.ts';
import { refused } from '../../testing/refused.ts';
import { startTestHub, type TestHub, type TestPerson } from '../../testing.ts';

let hub: TestHub;
let owner: TestPerson;
let reader: TestPerson;
beforeAll(async () => {
  hub = await startTestHub();
  owner = await hub.person({ username: 'olga' });
  reader = await hub.person({ username: 'rita' });
});
afterAll(() => hub.stop());

const handle = (name: string, body: object, deed = 'handle') =>
  fetch(`${hub.url}/api/models/olga/${name}/user-access-request/${deed}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${owner.token}`, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
const gated = (name: string) =>
  push(hub, owner, `olga/${name}`, { 'a.bin': 'a' }, { kind: 'model', visibility: 'gated' });
const read = (name: string) =>
  reader.api.repositories.tree({ kind: 'model', namespace: 'olga', name, recursive: true });

it('access that is given many times at once is given once', async () => {
  await gated('many');
  const answers = await Promise.all(
    Array.from({ length: 8 }, () => handle('many', { user: 'rita' }, 'grant')),
  );
  expect(answers.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([
    200, 400, 400, 400, 400, 400, 400, 400,
  ]);
  const { id } = await owner.api.repositories.get({ kind: 'model', namespace: 'olga', name: 'many' });
  const rows = await hub.services.db
    .select()
    .from(grants)
    .where(and(eq(grants.repository, id), eq(grants.state, 'granted')));
  expect(rows).toHaveLength(1);
});

const ask = (more: object) =>
  reader.api.grants.request({
    resource: { kind: 'model', path: 'olga/twice' },
    subject: { kind: 'person', slug: 'rita' },
    purpose: 'to look',
    acceptTerms: true,
    ...more,
  });

it('access that is withdrawn is withdrawn whole', async () => {
  await gated('twice');
  for (const more of [{ algorithms: ['mlp'] }, {}]) {
    const { id } = await ask(more);
    await owner.api.grants.decide({ id, decision: 'grant' });
  }
  await read('twice');
  expect((await handle('twice', { user: 'rita', status: 'rejected' })).status).toBe(200);
  await refused('CONSENT_NEEDED', read('twice'));
  expect((await handle('twice', { user: 'rita', status: 'rejected' })).status).toBe(404);
  expect((await handle('twice', { user: 'rita', status: 'accepted' })).status).toBe(200);
  await read('twice');
});
