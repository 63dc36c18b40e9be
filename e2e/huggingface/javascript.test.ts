import { createHash, randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as hf from '@huggingface/hub';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type ClientsLab, openClientsLab } from './clients.ts';

let lab: ClientsLab;
let access: { hubUrl: string; accessToken: string };
beforeAll(async () => {
  lab = await openClientsLab();
  access = { hubUrl: lab.hub.url, accessToken: lab.ana.token };
}, 120_000);
afterAll(() => lab.close());

const repo = { type: 'model', name: 'ana/from-javascript' } as const;
const bytesOf = async (path: string, revision?: string): Promise<Buffer | undefined> => {
  const blob = await hf.downloadFile({ repo, path, ...(revision !== undefined && { revision }), ...access });
  return blob ? Buffer.from(await blob.arrayBuffer()) : undefined;
};
async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const list: T[] = [];
  for await (const item of items) list.push(item);
  return list;
}
async function committed(params: Parameters<typeof hf.commit>[0]) {
  const output = await hf.commit(params);
  if (!output) throw new Error('no commit');
  return output;
}
const pathsOf = async (revision?: string): Promise<string[]> =>
  (await all(hf.listFiles({ repo, recursive: true, ...(revision !== undefined && { revision }), ...access })))
    .filter(({ type }) => type === 'file')
    .map(({ path }) => path)
    .sort();

it('knows who I am, and makes a repository once', async () => {
  const me = await hf.whoAmI(access);
  expect(me).toMatchObject({ type: 'user', name: 'ana', auth: { accessToken: { role: 'write' } } });
  const { repoUrl } = await hf.createRepo({ repo, license: 'mit', ...access });
  expect(repoUrl).toBe(`${lab.hub.url}/ana/from-javascript`);
  await expect(hf.createRepo({ repo, ...access })).rejects.toMatchObject({ statusCode: 409 });
  expect(await pathsOf()).toEqual(['.gitattributes', 'README.md']);
  expect(await hf.repoExists({ repo, ...access })).toBe(true);
  expect(await hf.repoExists({ repo: 'ana/none', ...access })).toBe(false);
  await hf.checkRepoAccess({ repo, ...access });
});

it.each([
  ['lfs', { useXet: false }],
  ['offered', {}],
])('uploads, lists and downloads files: %s', async (folder, options) => {
  const large = randomBytes(17_000_000);
  await hf.uploadFiles({
    repo,
    ...access,
    ...options,
    files: [
      { path: `${folder}/a.txt`, content: new Blob(['text']) },
      { path: `${folder}/empty.txt`, content: new Blob([]) },
      { path: `${folder}/small.bin`, content: new Blob([randomBytes(1000)]) },
      { path: `${folder}/large.bin`, content: new Blob([large]) },
    ],
  });
  expect(String(await bytesOf(`${folder}/a.txt`))).toBe('text');
  expect(await bytesOf(`${folder}/empty.txt`)).toHaveLength(0);
  expect((await bytesOf(`${folder}/large.bin`))?.equals(large)).toBe(true);
  const [info] = await hf.pathsInfo({ repo, paths: [`${folder}/large.bin`, 'none'], ...access });
  expect(info).toMatchObject({
    size: large.length,
    lfs: { oid: createHash('sha256').update(large).digest('hex'), size: large.length },
  });
});

it('tells what is not there', async () => {
  expect(await bytesOf('none.txt')).toBeUndefined();
  expect(await hf.fileExists({ repo, path: 'README.md', ...access })).toBe(true);
  expect(await hf.fileExists({ repo, path: 'none.txt', ...access })).toBe(false);
  await expect(
    hf.downloadFile({ repo, path: 'README.md', revision: 'none', ...access }),
  ).rejects.toMatchObject({
    statusCode: 404,
  });
  await expect(hf.whoAmI({ ...access, accessToken: 'hf_wrong' })).rejects.toMatchObject({ statusCode: 401 });
});

it('reads a part, the pointer of a large file, and what the hub knows of a file', async () => {
  const blob = await hf.downloadFile({ repo, path: 'README.md', ...access });
  expect(await blob?.slice(0, 3).text()).toBe('---');
  const raw = await hf.downloadFile({ repo, path: 'lfs/large.bin', raw: true, ...access });
  expect(await raw?.text()).toMatch(
    /^version https:\/\/git-lfs.github.com\/spec\/v1\noid sha256:[0-9a-f]{64}\nsize 17000000\n$/,
  );
  const info = await hf.fileDownloadInfo({ repo, path: 'lfs/empty.txt', ...access });
  expect(info?.size).toBe(0);
});

it('commits, deletes, branches and opens a pull request', async () => {
  const before = await hf.countCommits({ repo, ...access });
  const { commit } = await committed({
    repo,
    title: 'three at once',
    ...access,
    operations: [
      { operation: 'addOrUpdate', path: 'x/one.txt', content: new Blob(['1']) },
      { operation: 'addOrUpdate', path: 'x/two.txt', content: new Blob(['2']) },
      { operation: 'delete', path: 'README.md' },
    ],
  });
  expect(commit.url).toBe(`${lab.hub.url}/ana/from-javascript/commit/${commit.oid}`);
  await hf.deleteFile({ repo, path: 'x/one.txt', ...access });
  await hf.deleteFiles({ repo, paths: ['x/two.txt'], ...access });
  expect(await hf.countCommits({ repo, ...access })).toBe(before + 3);
  const commits = await all(hf.listCommits({ repo, batchSize: 2, ...access }));
  expect(commits).toHaveLength(before + 3);
  expect(commits.at(2)).toMatchObject({
    oid: commit.oid,
    title: 'three at once',
    authors: [{ username: 'ana' }],
  });

  await hf.createBranch({ repo, branch: 'other/one', ...access });
  await hf.uploadFile({
    repo,
    branch: 'other/one',
    file: { path: 'b.txt', content: new Blob(['b']) },
    ...access,
  });
  expect(await pathsOf('other/one')).toContain('b.txt');
  expect(await pathsOf()).not.toContain('b.txt');
  await hf.deleteBranch({ repo, branch: 'other/one', ...access });

  const pull = await committed({
    repo,
    title: 'please',
    isPullRequest: true,
    ...access,
    operations: [{ operation: 'addOrUpdate', path: 'pull.txt', content: new Blob(['p']) }],
  });
  expect(pull.pullRequestUrl).toBe(`${lab.hub.url}/ana/from-javascript/discussions/1`);
  expect(await pathsOf('refs/pr/1')).toContain('pull.txt');
  await expect(
    hf.commit({
      repo,
      title: 'late',
      parentCommit: commit.oid,
      ...access,
      operations: [{ operation: 'delete', path: '.gitattributes' }],
    }),
  ).rejects.toMatchObject({ statusCode: 412 });
});

it('snapshots, lists and describes', async () => {
  const cacheDir = join(lab.folder, 'cache');
  const snapshot = await hf.snapshotDownload({ repo, cacheDir, ...access });
  expect(await readFile(join(snapshot, 'lfs/a.txt'), 'utf8')).toBe('text');
  for (const name of ['one', 'two', 'three'])
    await hf.createRepo({ repo: { type: 'dataset', name: `ana/${name}` }, ...access });
  const listed = await all(hf.listDatasets({ search: { owner: 'ana' }, ...access }));
  expect(listed.map(({ name }) => name).sort()).toEqual(['ana/one', 'ana/three', 'ana/two']);
  expect((await all(hf.listModels({ ...access }))).map(({ name }) => name)).toEqual(['ana/from-javascript']);
  expect(await all(hf.listSpaces({ ...access }))).toEqual([]);
  expect(await hf.modelInfo({ name: 'ana/from-javascript', ...access })).toMatchObject({ private: true });
  expect(await hf.datasetInfo({ name: 'ana/one', ...access })).toMatchObject({ name: 'ana/one' });
});

it('deletes a repository', async () => {
  await hf.deleteRepo({ repo, ...access });
  expect(await hf.repoExists({ repo, ...access })).toBe(false);
});
