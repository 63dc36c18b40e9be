import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestHub, type TestHub, type TestPerson } from '../../testing.ts';

let hub: TestHub;
let ana: TestPerson;
beforeAll(async () => {
  hub = await startTestHub();
  ana = await hub.person({ username: 'ana' });
  await ask('/api/repos/create', { method: 'POST', body: { name: 'm', type: 'model' } });
});
afterAll(() => hub.stop());

interface Ask {
  method?: string;
  body?: unknown;
  headers?: Record<string, string>;
  token?: string | undefined;
}

async function ask(address: string, { method = 'GET', body, headers = {}, ...as }: Ask = {}) {
  const token = 'token' in as ? as.token : ana.token;
  const raw = typeof body === 'string' || body instanceof Uint8Array;
  const response = await fetch(address.startsWith('http') ? address : hub.url + address, {
    method,
    headers: {
      ...(token !== undefined && { authorization: `Bearer ${token}` }),
      ...(body !== undefined && !raw && { 'content-type': 'application/json' }),
      ...headers,
    },
    ...(body !== undefined && { body: raw ? (body as string) : JSON.stringify(body) }),
  });
  const text = await response.text();
  const json = response.headers.get('content-type')?.includes('json') ? JSON.parse(text) : undefined;
  return { status: response.status, headers: response.headers, text, json };
}

const sha256 = (bytes: string | Uint8Array): string => createHash('sha256').update(bytes).digest('hex');
const line = (key: string, value: object): string => JSON.stringify({ key, value });
const header = line('header', { summary: 'test' });
const commit = (lines: string[], options: { revision?: string; repo?: string } = {}) =>
  ask(`/api/models/${options.repo ?? 'ana/m'}/commit/${encodeURIComponent(options.revision ?? 'main')}`, {
    method: 'POST',
    body: lines.join('\n'),
    headers: { 'content-type': 'application/x-ndjson' },
  });
const file = (path: string, text = 'x', more = {}): string =>
  line('file', { path, content: Buffer.from(text).toString('base64'), encoding: 'base64', ...more });
const headOf = async (repo = 'ana/m'): Promise<string> => (await ask(`/api/models/${repo}`)).json.sha;

describe('a commit', () => {
  it.each([
    ['a path that climbs', [file('../x')], 'path'],
    ['an absolute path', [file('/etc/x')], 'path'],
    ['a path with NUL', [file('a\0b')], 'path'],
    ["a path into Git's own folder", [file('a/.git/config')], 'path'],
    ['two paths that are one on some computers', [file('Same'), file('same')], 'same'],
    ['two Unicode forms of one path', [file('\u00e9'), file('e\u0301')], 'are one file'],
    ['a deleted path that is not there', [line('deletedFile', { path: 'none' })], 'none'],
    ['a deleted folder that climbs', [line('deletedFolder', { path: '../..' })], 'path'],
    [
      'bytes that never came',
      [line('lfsFile', { path: 'x', algo: 'sha256', oid: '0'.repeat(64), size: 1 })],
      'not on this hub',
    ],
    [
      'another hash than sha256',
      [line('lfsFile', { path: 'x', algo: 'md5', oid: '0'.repeat(64), size: 1 })],
      'algo',
    ],
    [
      'an oid that is no hash',
      [line('lfsFile', { path: 'x', algo: 'sha256', oid: 'short', size: 1 })],
      'oid',
    ],
    ['a line that is not JSON', ['{"key": "file", "value"'], 'Line 3'],
    ['a line of another kind', [line('rebase', {})], 'Line 3'],
    ['a second header', [header], 'one header'],
    [
      'content that is not base64',
      [line('file', { path: 'x', content: '???', encoding: 'base64' })],
      'base64',
    ],
  ])('refuses %s, and nothing of it is kept', async (_what, lines, words) => {
    const before = await headOf();
    const { status, json } = await commit([header, file('good.txt'), ...lines]);
    expect({ status, ...json }).toMatchObject({ status: 400, error: expect.stringContaining(words) });
    expect(await headOf()).toBe(before);
  });

  it('must begin with a header, of some size', async () => {
    expect((await commit([file('x')])).status).toBe(400);
    expect((await commit([''])).status).toBe(400);
    expect((await commit([line('header', { summary: '' })])).status).toBe(400);
    expect((await commit([line('header', { summary: 'long '.repeat(1000) })])).status).toBe(400);
    const huge = await commit([line('header', { summary: 'x', description: 'y'.repeat(17 << 20) })]);
    expect(huge.status).toBe(413);
  });

  it('takes its changes in order, in base64 or as text, with a rename', async () => {
    const made = await commit([
      header,
      file('a.txt', 'first'),
      line('file', { path: 'b.txt', content: 'grüße', encoding: 'utf-8' }),
      '',
      file('a.txt', 'second'),
      file('empty', ''),
    ]);
    expect(made.json).toMatchObject({ success: true, commitOid: await headOf() });
    expect((await ask('/ana/m/resolve/main/a.txt')).text).toBe('second');
    expect((await ask('/ana/m/resolve/main/b.txt')).text).toBe('grüße');
    await commit([header, file('c.txt', 'second', { oldPath: 'a.txt' })]);
    expect((await ask('/ana/m/resolve/main/a.txt')).status).toBe(404);
    expect((await ask('/ana/m/resolve/main/c.txt')).text).toBe('second');
  });

  it('on an outdated parent is a failed precondition', async () => {
    const parentCommit = await headOf();
    const two = (path: string) => commit([line('header', { summary: 'x', parentCommit }), file(path)]);
    const answers = await Promise.all([two('one'), two('two')]);
    expect(answers.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([200, 412]);
  });

  it('goes to branches: not to tags, ids or what is not there', async () => {
    const head = await headOf();
    await ana.api.repositories.tag({ kind: 'model', namespace: 'ana', name: 'm', tag: 'v1' });
    expect((await commit([header, file('x1')], { revision: 'v1' })).status).toBe(400);
    expect((await commit([header, file('x1')], { revision: head })).status).toBe(400);
    const missing = await commit([header, file('x1')], { revision: 'none' });
    expect(missing.status).toBe(404);
    expect(missing.headers.get('x-error-code')).toBe('RevisionNotFound');
    expect((await commit([header, file('x2')], { revision: 'refs/heads/main' })).status).toBe(200);
  });

  it('streams a file of any size into the store, and keeps it as an LFS file', async () => {
    const bytes = Buffer.alloc(30 << 20, 'large');
    const made = await commit([
      header,
      line('file', { content: bytes.toString('base64'), path: 'large.txt', encoding: 'base64' }),
      file('after.txt'),
    ]);
    expect(made.status).toBe(200);
    const { json } = await ask('/api/models/ana/m/paths-info/main', {
      method: 'POST',
      body: { paths: ['large.txt', 'after.txt'] },
    });
    expect(json[0]).toMatchObject({ size: bytes.length, lfs: { oid: sha256(bytes) } });
    expect(json[1]).toMatchObject({ path: 'after.txt', size: 1 });
    const tail = await ask('/ana/m/resolve/main/large.txt', { headers: { range: 'bytes=-5' } });
    expect([tail.status, tail.text]).toEqual([206, 'large']);
  });
});

const batch = async (body: object) =>
  (
    await ask('/ana/m.git/info/lfs/objects/batch', {
      method: 'POST',
      body: JSON.stringify({ hash_algo: 'sha256', ...body }),
      headers: { 'content-type': 'application/vnd.git-lfs+json' },
    })
  ).json;
const put = (href: string, body: Uint8Array) => ask(href, { method: 'PUT', body, token: undefined });

describe('Git LFS', () => {
  const bytes = Buffer.from('the bytes of a large file');
  const oid = sha256(bytes);
  const upload = async (size: number) => {
    const { objects } = await batch({ operation: 'upload', transfers: ['basic'], objects: [{ oid, size }] });
    return objects[0].actions;
  };

  it('refuses bytes that are not those announced, and addresses that were changed', async () => {
    const { upload: to, verify } = await upload(bytes.length);
    expect((await put(to.href, Buffer.from('something else, as long..'))).status).toBe(422);
    expect((await put(to.href, Buffer.concat([bytes, bytes]))).status).toBe(413);
    expect((await put(to.href.replace(oid, '1'.repeat(64)), bytes)).status).toBe(403);
    expect((await put(to.href.replace(/size=\d+/, 'size=999999'), bytes)).status).toBe(403);
    const verified = (body: object) => ask(verify.href, { method: 'POST', body });
    expect((await verified({ oid, size: bytes.length })).status).toBe(404);
    expect((await put(to.href, bytes)).status).toBe(200);
    expect((await put(to.href, bytes)).status).toBe(200);
    expect((await verified({ oid, size: 7 })).status).toBe(422);
    expect((await verified({ oid, size: bytes.length })).status).toBe(200);
  });

  it('does not take a lie about the size into a commit', async () => {
    const lie = await commit([header, line('lfsFile', { path: 'w.bin', algo: 'sha256', oid, size: 7 })]);
    expect(lie.status).toBe(400);
    const told = await commit([
      header,
      line('lfsFile', { path: 'w.bin', algo: 'sha256', oid, size: bytes.length }),
    ]);
    expect(told.status).toBe(200);
    const { objects } = await batch({ operation: 'upload', objects: [{ oid, size: 7 }] });
    expect(objects[0].error.code).toBe(422);
  });

  it('hands out what is there to those who may read it, and tells others nothing', async () => {
    const { objects } = await batch({
      operation: 'download',
      objects: [
        { oid, size: bytes.length },
        { oid: '2'.repeat(64), size: 1 },
      ],
    });
    const { download } = objects[0].actions;
    expect((await ask(download.href, { token: undefined })).text).toBe(String(bytes));
    expect(objects[1].error.code).toBe(404);
    const bob = await hub.person();
    await ask('/api/repos/create', { method: 'POST', body: { name: 'own' }, token: bob.token });
    const probe = await ask(`/${bob.username}/own.git/info/lfs/objects/batch`, {
      method: 'POST',
      body: { operation: 'upload', objects: [{ oid, size: bytes.length }] },
      token: bob.token,
    });
    // Were it known to be there, a hash would be enough to read its bytes.
    expect(probe.json.objects[0].actions.upload.href).toContain(oid);
  });

  it('hands out addresses that close when the right to read ends', async () => {
    const project = await hub.project(ana);
    const at = { kind: 'model' as const, namespace: project, name: 'shared' };
    await ana.api.repositories.create(at);
    const operations = [{ op: 'add' as const, path: 'w.bin', sha256: oid, lfs: true }];
    await ana.api.repositories.commit({ ...at, message: 'test', operations });
    const { username, token } = await hub.member(ana, project, 'reader');
    const { json } = await ask(`/${project}/shared.git/info/lfs/objects/batch`, {
      method: 'POST',
      body: { operation: 'download', objects: [{ oid, size: bytes.length }] },
      token,
    });
    const { href } = json.objects[0].actions.download;
    expect((await ask(href, { token: undefined })).text).toBe(String(bytes));
    await ana.api.members.remove({ namespace: project, username });
    expect((await ask(href, { token: undefined })).status).toBe(403);
  });

  it('takes a name and the token as a password, as Git has them', async () => {
    const authorization = `Basic ${Buffer.from(`ana:${ana.token}`).toString('base64')}`;
    const answer = await ask('/ana/m.git/info/lfs/objects/batch', {
      method: 'POST',
      body: { operation: 'download', objects: [{ oid, size: bytes.length }] },
      token: undefined,
      headers: { authorization },
    });
    expect(answer.status).toBe(200);
  });
});

describe('a download', () => {
  it('says all in its headers, to HEAD as to GET', async () => {
    await commit([header, file('hello.txt', 'hello\n'), file('100% "fun" & söme.txt', 'name')]);
    const oid = 'ce013625030ba8dba906f756967f9e9ca394464a';
    for (const method of ['HEAD', 'GET']) {
      const { status, headers } = await ask('/ana/m/resolve/main/hello.txt', { method });
      expect(status).toBe(200);
      expect(Object.fromEntries(headers)).toMatchObject({
        etag: `"${oid}"`,
        'content-length': '6',
        'accept-ranges': 'bytes',
        'x-repo-commit': await headOf(),
      });
    }
    const same = await ask('/ana/m/resolve/main/hello.txt', { headers: { 'if-none-match': `"${oid}"` } });
    expect(same.status).toBe(304);
    const beyond = await ask('/ana/m/resolve/main/hello.txt', { headers: { range: 'bytes=6-' } });
    expect([beyond.status, beyond.headers.get('content-range')]).toEqual([416, 'bytes */6']);
    const odd = await ask(`/ana/m/resolve/main/${encodeURIComponent('100% "fun" & söme.txt')}`);
    expect(odd.text).toBe('name');
    const empty = await ask('/ana/m/resolve/main/empty', { headers: { range: 'bytes=0-0' } });
    expect([empty.status, empty.headers.get('content-range')]).toEqual([200, 'bytes */0']);
  });

  it.each([
    ['a file', '/ana/m/resolve/main/none', 'EntryNotFound'],
    ['a revision', '/ana/m/resolve/none/hello.txt', 'RevisionNotFound'],
    ['a repository', '/ana/none/resolve/main/hello.txt', 'RepoNotFound'],
    ['a namespace', '/gpt2/resolve/main/config.json', 'RepoNotFound'],
    ['a climbing path', '/ana/m/resolve/main/..%2F..%2Fetc%2Fpasswd', 'EntryNotFound'],
    ['a folder', '/api/models/ana/m/tree/main/none', 'EntryNotFound'],
    ['a space', '/api/spaces/ana/m', 'RepoNotFound'],
  ])('names what is not there: %s', async (_what, address, code) => {
    const { status, headers } = await ask(address);
    expect([status, headers.get('x-error-code')]).toEqual([404, code]);
    expect(headers.get('x-repo-commit') !== null).toBe(
      code === 'EntryNotFound' && !address.startsWith('/api'),
    );
  });

  it('tells strangers and bad tokens apart', async () => {
    const none = await ask('/ana/m/resolve/main/hello.txt', { token: undefined });
    expect([none.status, none.headers.get('x-error-code')]).toEqual([401, 'RepoNotFound']);
    const bad = await ask('/ana/m/resolve/main/hello.txt', { token: 'hf_wrong' });
    expect([bad.status, bad.headers.get('x-error-code')]).toEqual([401, null]);
    expect(bad.headers.get('x-error-message')).toBe('Invalid credentials in Authorization header');
  });
});

it('pages by absolute links until all is told', async () => {
  await commit([header, ...Array.from({ length: 25 }, (_, index) => file(`many/${index}.txt`))]);
  const seen: string[] = [];
  let next: string | undefined = `${hub.url}/api/models/ana/m/tree/main/many?limit=10`;
  for (; next; ) {
    const page = await ask(next);
    seen.push(...page.json.map((entry: { path: string }) => entry.path));
    [, next] = /^<(https?:[^>]+)>; rel="next"$/.exec(page.headers.get('link') ?? '') ?? [];
  }
  expect(new Set(seen).size).toBe(25);
  expect(seen).toHaveLength(25);
});

it('says that there is nothing in the shape that clients read, also where it has no route', async () => {
  for (const [address, method] of [
    ['/api/models/ana/m/nothing-like-this', 'GET'],
    ['/api/models/ana/m', 'PATCH'],
    ['/api/datasets/ana/m/a/b/c', 'POST'],
    ['/api/spaces/ana/m/runtime', 'GET'],
    ['/ana/m/resolve', 'GET'],
    ['/datasets/ana/m/info/lfs/locks', 'POST'],
  ] as const) {
    const { status, json, headers } = await ask(address, { method, headers: { accept: 'text/html, */*' } });
    expect([address, status, typeof json?.error]).toEqual([address, 404, 'string']);
    expect(headers.get('x-error-message')).toContain('There ');
  }
});

it('lets clients fetch ten thousand files a minute', async () => {
  await commit([header, file('often.txt')]);
  for (const address of ['/ana/m/resolve/main/often.txt', '/api/files/model/ana/m/main/often.txt']) {
    for (const method of ['GET', 'HEAD']) {
      const { status, headers } = await ask(address, { method });
      expect([address, method, status]).toEqual([address, method, 200]);
      expect(Number(headers.get('x-ratelimit-limit'))).toBeGreaterThanOrEqual(60_000);
    }
  }
  const tree = await ask('/api/models/ana/m/tree/main');
  expect(Number(tree.headers.get('x-ratelimit-limit'))).toBeGreaterThanOrEqual(6000);
});

it('refuses bodies that are no bodies, and too many files at once', async () => {
  const preupload = (body: unknown) => ask('/api/models/ana/m/preupload/main', { method: 'POST', body });
  expect((await preupload('{')).status).toBe(400);
  expect((await preupload({ files: 'all' })).status).toBe(400);
  expect((await preupload({ files: [{ path: '../x', size: 1 }] })).status).toBe(400);
  expect(
    (await preupload({ files: Array.from({ length: 1001 }, () => ({ path: 'x', size: 1 })) })).status,
  ).toBe(400);
  const yaml = await ask('/api/validate-yaml', {
    method: 'POST',
    body: { content: '---\nlicense: [\n---\n' },
  });
  expect([yaml.status, yaml.json.errors.length > 0]).toEqual([400, true]);
  const invalid = await ask('/api/repos/create', { method: 'POST', body: { name: '../x' } });
  expect(invalid.status).toBe(400);
});
