import { asHubError, hubErrors } from '@banyan/contract';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { isCalled } from './repositories/called.ts';
import { repositories } from './repositories/table.ts';
import { push, sha256 } from './testing/flow.ts';
import type { Ask, PlainRow, Row } from './testing/matrix.ts';
import { flowRows } from './testing/matrix-flow.ts';
import { metadataRows } from './testing/matrix-metadata.ts';
import { peopleRows } from './testing/matrix-people.ts';
import { plainRows } from './testing/matrix-plain.ts';
import { repositoryRows } from './testing/matrix-repositories.ts';
import { refused } from './testing/refused.ts';
import { buildWorld, type World } from './testing/world.ts';
import { startTestHub, type TestHub } from './testing.ts';

/** The matrix's first persona, who is not signed in, on a hub that lets everybody read what is public. */
let hub: TestHub;
let world: World;
beforeAll(async () => {
  hub = await startTestHub({ anonymousRead: true });
  world = await buildWorld(hub);
});
afterAll(() => hub.stop());

const rows: Record<string, Row> = { ...peopleRows, ...flowRows, ...metadataRows, ...repositoryRows };
const ask: Ask = (address, init = {}) => fetch(hub.url + address, init);
let calls = 100_000;

const isOpen = (expected: string): boolean => expected.trim().startsWith('.');

/** The routes that answer with something, beyond those that do so on every hub. */
async function opened(): Promise<string[]> {
  const routes: string[] = [];
  for (const [route, [expected, call]] of Object.entries(rows)) {
    if (isOpen(expected)) continue;
    const open = await call(world.api.anonymous, world, ++calls).then(
      () => true,
      (error: unknown) => asHubError(error).code in { BAD_INPUT: 1, UNAVAILABLE: 1, CONSENT_NEEDED: 1 },
    );
    if (open) routes.push(route);
  }
  for (const [route, row] of Object.entries<PlainRow>(plainRows)) {
    const [expected, call] = row;
    if (isOpen(expected)) continue;
    const answer = await call(ask, world, undefined);
    if (typeof answer !== 'string' && answer.ok) routes.push(route);
  }
  return routes.sort();
}

/** Lists, which leave out what is not public. */
const lists = [
  'GET /api/datasets',
  'GET /api/datasets-tags-by-type',
  'GET /api/models',
  'GET /api/models-tags-by-type',
  'GET /api/spaces',
  'repositories.list',
];

/** Of public repositories: files, history, what is said about them. */
const readings = [
  'GET /:namespace/:name/info/refs',
  'GET /:namespace/:name/raw/*',
  'GET /:namespace/:name/resolve/*',
  'GET /api/:type/:namespace/:name',
  'GET /api/:type/:namespace/:name/auth-check',
  'GET /api/:type/:namespace/:name/commits/*',
  'GET /api/:type/:namespace/:name/discussions',
  'GET /api/:type/:namespace/:name/discussions/:number',
  'GET /api/:type/:namespace/:name/lfs-files',
  'GET /api/:type/:namespace/:name/likers',
  'GET /api/:type/:namespace/:name/refs',
  'GET /api/:type/:namespace/:name/revision/*',
  'GET /api/:type/:namespace/:name/tree/*',
  'GET /api/datasets/:namespace/:name/croissant',
  'GET /api/export/:kind/:namespace/:name/*',
  'GET /api/files/:kind/:namespace/:name/:revision/*',
  'GET /datasets/:namespace/:name/info/refs',
  'GET /datasets/:namespace/:name/raw/*',
  'GET /datasets/:namespace/:name/resolve/*',
  'POST /:namespace/:name/git-upload-pack',
  'POST /:namespace/:name/info/lfs/objects/batch',
  'POST /api/:type/:namespace/:name/paths-info/*',
  'POST /datasets/:namespace/:name/git-upload-pack',
  'POST /datasets/:namespace/:name/info/lfs/objects/batch',
  'discussions.get',
  'discussions.list',
  'metadata.cite',
  'metadata.croissant',
  'metadata.startCard',
  'repositories.card',
  'repositories.explanation',
  'repositories.get',
  'repositories.history',
  'repositories.profile',
  'repositories.refs',
  'repositories.tree',
  'versions.count',
  'versions.diff',
  'versions.textDiff',
];

it('opens nothing of private and gated repositories, and lists none', { timeout: 300_000 }, async () => {
  const { owner, project } = world;
  await push(hub, owner, `${project}/gated`, { 'a.txt': 'a' }, { kind: 'model', visibility: 'gated' });
  expect(await opened()).toEqual(lists);
  expect((await world.api.anonymous.repositories.list({})).items).toEqual([]);
  expect(await (await ask('/api/models')).json()).toEqual([]);
  const at = { kind: 'model' as const, namespace: project, name: 'gated' };
  await refused('NOT_SIGNED_IN', world.api.anonymous.repositories.get(at));
  const answer = await ask(`/${project}/gated/resolve/main/a.txt`);
  expect([answer.status, answer.headers.get('x-error-code')]).toEqual([401, 'RepoNotFound']);
});

it('opens the reading of public repositories, and nothing else', { timeout: 300_000 }, async () => {
  const { owner } = world;
  for (const [kind, path] of [
    ['dataset', world.dataset],
    ['model', world.model],
  ] as const) {
    const [namespace = '', name = ''] = path.split('/');
    await owner.api.repositories.update({ kind, namespace, name, visibility: 'public' });
  }
  expect(await opened()).toEqual([...lists, ...readings].sort());
  const listed = await world.api.anonymous.repositories.list({});
  expect(listed.items.map(({ path }) => path).sort()).toEqual([world.dataset, world.model].sort());
  expect(listed.items.every(({ access }) => access.read && !access.write && !access.administer)).toBe(true);
});

it('does not read what came from gated data, though it is public itself', async () => {
  const { owner, project } = world;
  await push(hub, owner, `${project}/source`, { 'a.bin': 'a' }, { visibility: 'gated' });
  await push(hub, owner, `${project}/derived`, { 'a.bin': 'a' }, { visibility: 'public' });
  await hub.services.db
    .update(repositories)
    .set({ sources: [{ dataset: `${project}/source`, revision: 'main' }] })
    .where(isCalled('dataset', `${project}/derived`));
  const at = { kind: 'dataset' as const, namespace: project, name: 'derived' };
  expect((await world.api.anonymous.repositories.get(at)).access.read).toBe(false);
  await refused('NOT_SIGNED_IN', world.api.anonymous.repositories.tree({ ...at, recursive: true }));
});

it('gives large files of public repositories to Git LFS, as long as they are public', async () => {
  const { owner, project } = world;
  await push(hub, owner, `${project}/open`, { 'a.bin': 'large' }, { visibility: 'public' });
  const batch = JSON.stringify({ operation: 'download', objects: [{ oid: sha256('large'), size: 5 }] });
  const answer = await ask(`/datasets/${project}/open.git/info/lfs/objects/batch`, {
    method: 'POST',
    headers: { 'content-type': 'application/vnd.git-lfs+json' },
    body: batch,
  });
  const { objects } = (await answer.json()) as { objects: { actions: { download: { href: string } } }[] };
  const href = objects[0]?.actions.download.href ?? '';
  expect(await (await fetch(href)).text()).toBe('large');
  await owner.api.repositories.update({
    kind: 'dataset',
    namespace: project,
    name: 'open',
    visibility: 'private',
  });
  expect((await fetch(href)).status).toBe(hubErrors.NOT_ALLOWED.status);
});
