import { createHash } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { push } from '../../testing/flow.ts';
import { startTestHub, type TestHub, type TestPerson } from '../../testing.ts';

let hub: TestHub;
let ana: TestPerson;
beforeAll(async () => {
  hub = await startTestHub();
  ana = await hub.person({ username: 'ana' });
});
afterAll(() => hub.stop());

async function ask(
  address: string,
  method = 'GET',
  body?: object | string,
  token: string | undefined = ana.token,
) {
  const response = await fetch(address.startsWith('http') ? address : hub.url + address, {
    method,
    headers: {
      authorization: `Bearer ${token}`,
      ...(typeof body === 'object' && { 'content-type': 'application/json' }),
    },
    ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
  const text = await response.text();
  return { status: response.status, json: JSON.parse(text === '' ? 'null' : text) };
}
const oidOf = (text: string): string => createHash('sha256').update(text).digest('hex');

it('a tag of any kind is listed under its kind', async () => {
  const tags = ['constructor:a', '__proto__:b', 'license:c', 'plain'];
  await push(
    hub,
    ana,
    'ana/tagged',
    { 'README.md': `---\ntags: ${JSON.stringify(tags)}\n---\n` },
    { kind: 'model' },
  );
  const { status, json } = await ask('/api/models-tags-by-type');
  expect(status).toBe(200);
  expect(Object.keys(json).sort()).toEqual(['__proto__', 'constructor', 'license', 'other']);
  expect(json.constructor).toEqual([{ id: 'constructor:a', label: 'a', type: 'constructor' }]);
});

it('weights whose header says that it is empty are none', async () => {
  await push(hub, ana, 'ana/weights', { 'model.safetensors': '\0'.repeat(20) }, { kind: 'model' });
  const { status, json } = await ask('/api/models/ana/weights');
  expect([status, json.safetensors]).toEqual([200, undefined]);
});

it('an address to download from is none to upload to', async () => {
  await push(hub, ana, 'ana/lfs', { 'a.bin': 'large' }, { kind: 'model' });
  const object = { oid: oidOf('large'), size: 5 };
  const batch = { operation: 'download', objects: [object] };
  const { json } = await ask('/ana/lfs.git/info/lfs/objects/batch', 'POST', batch);
  const { status } = await ask(json.objects[0].actions.download.href, 'PUT', 'large');
  expect(status).toBe(403);
});

it('an object that is asked for many times is answered once', async () => {
  const object = { oid: '1'.repeat(64), size: 2 ** 40 };
  const batch = {
    operation: 'upload',
    transfers: ['multipart'],
    objects: Array.from({ length: 1000 }, () => object),
  };
  await push(hub, ana, 'ana/many', { 'a.bin': 'x' }, { kind: 'model' });
  const { status, json } = await ask('/ana/many.git/info/lfs/objects/batch', 'POST', batch);
  expect([status, json.objects.length]).toEqual([200, 1]);
});

const commit = (oid: string, size: number) =>
  ask(
    '/api/models/ana/own/commit/main',
    'POST',
    [
      { key: 'header', value: { summary: 'test' } },
      { key: 'lfsFile', value: { path: 'b.bin', algo: 'sha256', oid, size } },
    ]
      .map((line) => JSON.stringify(line))
      .join('\n'),
  );

it('what others brought has no size for those who name it', async () => {
  const bob = await hub.person();
  await push(hub, bob, `${bob.username}/secret`, { 'a.bin': 'his own' }, { kind: 'model' });
  await push(hub, ana, 'ana/own', { 'a.bin': 'x' }, { kind: 'model' });
  const [there, absent] = [await commit(oidOf('his own'), 1), await commit(oidOf('nobody has it'), 1)];
  expect([there.status, absent.status]).toEqual([400, 400]);
  expect(there.json.error.replaceAll(/[0-9a-f]{12}/g, '')).toBe(
    absent.json.error.replaceAll(/[0-9a-f]{12}/g, ''),
  );
});

it('a list of requests for access takes one cursor', async () => {
  await push(hub, ana, 'ana/gated', { 'a.csv': 'x' }, { visibility: 'gated' });
  const { status } = await ask('/api/datasets/ana/gated/user-access-request/pending?cursor=a&cursor=b');
  expect(status).toBe(400);
});

it('a list is not gone on with from what is no moment', async () => {
  const cursor = encodeURIComponent('1 00000000-0000-4000-8000-000000000000');
  expect((await ask(`/api/models?cursor=${cursor}`)).status).toBe(400);
});

it('the first files of a repository are refused when they are no base64', async () => {
  const files = [{ path: 'a.txt', content: 'no base64!', encoding: 'base64' }];
  const { status, json } = await ask('/api/repos/create', 'POST', { name: 'first', type: 'model', files });
  expect([status, json.field]).toEqual([400, 'content']);
});

it('a folder that is named with very many slashes is looked at in one go', async () => {
  await push(hub, ana, 'ana/slashes', { 'a/b.txt': 'x' }, { kind: 'model' });
  const lines = [
    { key: 'header', value: { summary: 'test' } },
    { key: 'deletedFolder', value: { path: `${'/'.repeat(3_000_000)}x` } },
  ];
  const body = lines.map((line) => JSON.stringify(line)).join('\n');
  expect((await ask('/api/models/ana/slashes/commit/main', 'POST', body)).status).toBe(400);
});
