import { afterAll, beforeAll, expect, it } from 'vitest';
import { refused } from '../testing/refused.ts';
import { startTestHub, type TestHub } from '../testing.ts';
import { issueSetupCode } from './setup.ts';

let hub: TestHub;
beforeAll(async () => {
  hub = await startTestHub();
});
afterAll(() => hub.stop());

const password = 'a long enough password';
const newPerson = (username: string) => ({ username, name: `The ${username}`, password });

/** A request as a browser sends it, with a cookie and an origin. */
function browse(path: string, options: { method?: string; body?: object; cookie?: string; origin?: string }) {
  const { method = 'POST', body, cookie, origin = hub.url } = options;
  return fetch(`${hub.url}/api/v1${path}`, {
    method,
    headers: {
      ...(origin !== '' && { origin }),
      ...(cookie !== undefined && { cookie }),
      ...(body && { 'content-type': 'application/json' }),
    },
    ...(body && { body: JSON.stringify(body) }),
  });
}

async function signIn(username: string): Promise<string> {
  const response = await browse('/sessions', { body: { username, password } });
  expect(response.status).toBe(200);
  const [cookie] = response.headers.getSetCookie();
  expect(cookie).toMatch(/^banyan_session=[\w-]{32}; .*HttpOnly; SameSite=Lax$/);
  return cookie?.split(';')[0] ?? '';
}

it('makes the owner by the set-up link, once', async () => {
  const anonymous = hub.client();
  expect(await anonymous.system.info()).toMatchObject({ needsSetup: true, publicUrl: hub.url });
  const old = await issueSetupCode(hub.services.db);
  const code = await issueSetupCode(hub.services.db);
  await refused('GONE', anonymous.people.setup({ ...newPerson('early'), code: old ?? '' }));

  const racers = await Promise.allSettled(
    ['ada', 'bob'].map((name) => anonymous.people.setup({ ...newPerson(name), code: code ?? '' })),
  );
  expect(racers.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  await refused('GONE', anonymous.people.setup({ ...newPerson('late'), code: code ?? '' }));
  expect(await anonymous.system.info()).toMatchObject({ needsSetup: false });
  expect(await issueSetupCode(hub.services.db)).toBeUndefined();
});

it('signs in and out with a cookie', async () => {
  await invited('cleo');
  const cookie = await signIn('cleo');
  const me = await browse('/me', { method: 'GET', cookie });
  expect(await me.json()).toMatchObject({ person: { username: 'cleo', administrator: false } });
  expect((await browse('/sessions/current', { method: 'DELETE', cookie })).status).toBe(200);
  expect((await browse('/me', { method: 'GET', cookie })).status).toBe(401);
});

it('refuses a wrong password and an unknown name alike, then both for a while', async () => {
  await invited('dora');
  for (const username of ['dora', 'nobody-here']) {
    for (let attempt = 0; attempt < 10; attempt++)
      await refused('WRONG_PASSWORD', hub.client().people.signIn({ username, password: 'not this one' }));
    await refused('TOO_MANY', hub.client().people.signIn({ username, password }));
  }
});

it('takes changes by cookie from its own origin alone', async () => {
  await invited('eve');
  const cookie = await signIn('eve');
  const change = (origin: string) =>
    browse('/me', { method: 'PATCH', body: { name: 'Eve' }, cookie, origin });
  expect((await change('https://evil.example')).status).toBe(403);
  expect((await change('null')).status).toBe(403);
  expect((await change('')).status).toBe(403);
  expect((await change(hub.url)).status).toBe(200);
});

it('invites into a namespace, once, never above one’s own role', async () => {
  const founder = await hub.person();
  const slug = await hub.organisation(founder);
  const invitation = await founder.api.people.invite({ namespace: slug, role: 'maintainer' });
  expect(invitation.url).toMatch(new RegExp(`^${hub.url}/invite/`));
  const code = invitation.url.split('/').at(-1) ?? '';
  expect(await hub.client().people.invitation({ code })).toMatchObject({
    namespace: slug,
    role: 'maintainer',
  });

  await refused('BAD_INPUT', hub.client().people.acceptInvitation({ code, username: 'fay' }), {
    field: 'name',
  });
  await hub.client().people.acceptInvitation({ ...newPerson('fay'), code });
  await refused('GONE', hub.client().people.invitation({ code }));
  await refused('GONE', hub.client().people.acceptInvitation({ ...newPerson('gus'), code }));

  const fay = await founder.api.people.get({ username: 'fay' });
  expect(fay.memberships).toMatchObject([{ namespace: slug, role: 'maintainer' }]);
  const maintainer = await hub.member(founder, slug, 'maintainer');
  await refused('NOT_ALLOWED', maintainer.api.people.invite({ namespace: slug, role: 'owner' }));
  const stranger = await hub.person();
  await refused('NOT_ALLOWED', stranger.api.people.invite({ namespace: slug, role: 'reader' }));
});

it('takes a signed-in person into a namespace and never lowers a role', async () => {
  const founder = await hub.person();
  const slug = await hub.project(founder);
  const accept = async (role: 'reader' | 'contributor') => {
    const { url } = await founder.api.people.invite({ namespace: slug, role });
    await guest.api.people.acceptInvitation({ code: url.split('/').at(-1) ?? '' });
    return (await guest.api.people.me()).memberships[0]?.role;
  };
  const guest = await hub.person();
  expect(await accept('contributor')).toBe('contributor');
  expect(await accept('reader')).toBe('contributor');
});

it('names the field at fault, in words', async () => {
  const { api } = await hub.person();
  await refused('BAD_INPUT', api.projects.create({ slug: 'Not A Slug', title: 'x' }), { field: 'slug' });
  await refused('BAD_INPUT', api.people.updateMe({ name: 'nul \u0000 byte' }));
  const broken = await fetch(`${hub.url}/api/v1/projects`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: '{"slug": ',
  });
  expect([broken.status, await broken.json()]).toMatchObject([400, { code: 'BAD_INPUT' }]);
});

it('keeps names of the hub itself, and those taken', async () => {
  const { api } = await hub.person();
  await refused('ALREADY_EXISTS', api.projects.create({ slug: 'api', title: 'x' }));
  await api.projects.create({ slug: 'taken', title: 'x' });
  await refused('ALREADY_EXISTS', api.organisations.create({ slug: 'taken', title: 'x' }), { field: 'slug' });
});

it('finds people and changes a profile', async () => {
  const { api, username } = await hub.person({ username: 'hana-100%'.replace('%', '') });
  await api.people.updateMe({ name: 'Hana 100%', expertise: ['ecology'], orcid: '0000-0002-1825-0097' });
  const found = await api.people.list({ search: '100%' });
  expect(found.items).toMatchObject([{ username, expertise: ['ecology'] }]);
  const first = await api.people.list({ limit: 1 });
  const second = await api.people.list({ limit: 1, ...(first.nextCursor && { cursor: first.nextCursor }) });
  expect(first.items[0]?.username).not.toBe(second.items[0]?.username);
});

/** Signs a new person up, by the invitation of the hub's owner. */
async function invited(username: string): Promise<void> {
  const owner = await hub.owner();
  const { url } = await owner.api.people.invite({});
  await hub.client().people.acceptInvitation({ ...newPerson(username), code: url.split('/').at(-1) ?? '' });
}
