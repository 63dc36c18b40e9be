/** Today's hub on a home that a hub of before the data room left behind: nothing is lost, and work goes on. */
import { createHash } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  createHubClient,
  type FileEntry,
  type HubApi,
  type RepositoryKind,
  uploadBlob,
} from '@banyan/contract';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type HubProcess, newFolder, startHub } from '../hub-process.ts';
import { restoreOldHome } from './restore.ts';

let home = '';
let hub: HubProcess;
let seen: Awaited<ReturnType<typeof restoreOldHome>>;
let ana: HubApi;
let ben: HubApi;

beforeAll(async () => {
  home = await newFolder('banyan-old-home-');
  seen = await restoreOldHome(home);
  await open();
}, 120_000);
afterAll(async () => {
  await hub?.stop();
  await rm(home, { recursive: true, force: true });
});

async function open(): Promise<void> {
  // Garbage is whatever nothing refers to, however young: a mistake about what is referred to shows at once.
  hub = await startHub({ home, env: { BANYAN_GARBAGE_HOURS: '0' } });
  ana = createHubClient({ url: hub.url, token: seen.tokens.ana });
  ben = createHubClient({ url: hub.url, token: seen.tokens.ben });
}

/** Whoever may read it, at a repository's name. */
function* repositories() {
  for (const [key, old] of Object.entries(seen.repositories)) {
    const [, kind, namespace = '', name = ''] = /^(dataset|model) (\S+)\/(\S+)$/.exec(key) ?? [];
    yield { at: { kind: kind as RepositoryKind, namespace, name }, old, reader: old.reader };
  }
}
const by = (name: 'ana' | 'ben'): HubApi => (name === 'ana' ? ana : ben);

async function until<T>(what: string, look: () => Promise<T | undefined>): Promise<T> {
  for (const end = Date.now() + 120_000; Date.now() < end; await sleep(200)) {
    const found = await look();
    if (found !== undefined) return found;
  }
  throw new Error(`waited in vain for ${what}\n${hub.output.slice(-20).join('\n')}`);
}

const finished = (id: string) =>
  until(`job ${id}`, async () => {
    const { state, error } = await ben.jobs.get({ id });
    if (state === 'failed' || state === 'cancelled') throw new Error(error?.message ?? state);
    return state === 'succeeded' ? true : undefined;
  });

async function allFiles(api: HubApi, at: Parameters<HubApi['repositories']['tree']>[0]) {
  const files: FileEntry[] = [];
  let cursor: string | undefined;
  do {
    const page = await api.repositories.tree({
      ...at,
      recursive: true,
      ...(cursor !== undefined && { cursor }),
    });
    files.push(...page.files);
    cursor = page.nextCursor;
  } while (cursor !== undefined);
  return files.map(({ path, sha256, sizeBytes }) => ({ path, sha256, sizeBytes }));
}

const byPath = (a: { path: string }, b: { path: string }) => (a.path < b.path ? -1 : 1);

type Versions = (typeof seen)['repositories'][string]['versions'];

/** Reads every content of a repository once, at a version that has it; answers how many there were. */
async function compareBytes(
  { kind, namespace, name }: { kind: RepositoryKind; namespace: string; name: string },
  versions: Versions,
  reader: 'ana' | 'ben',
): Promise<number> {
  const read = new Set<string>();
  for (const { commit, files } of versions)
    for (const { path, sha256 } of files) {
      if (read.has(sha256)) continue;
      read.add(sha256);
      const address = [kind, namespace, name, commit.id, ...path.split('/')].map(encodeURIComponent);
      const response = await fetch(`${hub.url}/api/files/${address.join('/')}`, {
        headers: { authorization: `Bearer ${seen.tokens[reader]}` },
      });
      expect(response.status, path).toBe(200);
      const bytes = Buffer.from(await response.arrayBuffer());
      expect(createHash('sha256').update(bytes).digest('hex'), path).toBe(sha256);
    }
  return read.size;
}

it('has every file of every version, byte for byte', async () => {
  let contents = 0;
  for (const { at, old, reader } of repositories()) {
    for (const { commit, files } of old.versions)
      expect((await allFiles(by(reader), { ...at, revision: commit.id })).sort(byPath)).toEqual(
        files.toSorted(byPath),
      );
    contents += await compareBytes(at, old.versions, reader);
  }
  expect(contents).toBeGreaterThan(30);
});

it('tells the same of versions, cards, profiles, people, runs, races and the ledger', async () => {
  for (const { at, old, reader } of repositories()) {
    const api = by(reader);
    expect(await api.repositories.get(at)).toMatchObject(old.repository);
    expect((await api.repositories.history({ ...at, limit: 100 })).items).toEqual(
      old.versions.map(({ commit }) => commit),
    );
    expect(await api.repositories.refs(at)).toEqual(expect.arrayContaining(old.refs));
    expect((await api.repositories.card(at)).markdown).toBe(old.card.markdown);
    if (old.profile?.state === 'ready')
      expect(await api.repositories.profile({ ...at, revision: old.versions[0]!.commit.id })).toMatchObject(
        old.profile,
      );
  }
  expect(await ben.runs.get({ id: seen.run.id })).toMatchObject(seen.run);
  expect(await ben.runs.metrics({ id: seen.run.id })).toEqual(seen.metrics);
  expect(await ben.runs.logs({ id: seen.run.id })).toEqual(seen.logs);
  expect(await ben.races.get({ id: seen.race.id })).toMatchObject(seen.race);
  expect(await ben.repositories.explanation({ kind: 'model', namespace: 'birds', name: 'kinds' })).toEqual(
    seen.explanation,
  );
  expect(await ana.people.me()).toMatchObject(seen.me);
  const known = new Set((await ana.ledger.list({ limit: 100 })).items.map(({ hash }) => hash));
  for (const { hash } of seen.ledger.items) expect(known).toContain(hash);
  expect(await ana.ledger.verify()).toMatchObject({ intact: true });
});

it('finishes the preparation that was running, by the order of then', async () => {
  await finished(seen.left);
  const { files } = await ben.repositories.tree({ kind: 'dataset', namespace: 'birds', name: 'left' });
  expect(files.map(({ path }) => path)).toEqual(
    expect.arrayContaining(['fitted.json', 'train.parquet', 'test.parquet']),
  );
});

const rows = (name: string, revision: string) =>
  until(`rows of ${name} at ${revision}`, async () => {
    const [namespace = '', ...rest] = name.split('/');
    const answer = await ana.data.rows({ namespace, name: rest.join('/'), revision });
    return answer.state === 'ready' ? answer : undefined;
  });

it('shows the rows of old versions when somebody looks', async () => {
  expect(await rows('lab/birds-raw', 'v1')).toMatchObject({ total: 40 });
  const { rows: shown, total } = await rows('lab/birds-raw', 'main');
  expect([shown.length, total]).toEqual([50, 90]);
  expect(shown[0]?.row).toMatchObject({ island: 'Biscoe', kind: 'Adelie' });
});

it('reads again what the hub of then could not: its failure says nothing about today', async () => {
  const at = { kind: 'dataset' as const, namespace: 'ben', name: 'scans' };
  expect(seen.repositories['dataset ben/scans']?.profile?.state).toBe('failed');
  const { profile } = await until('the profile of ben/scans', async () => {
    const state = await ben.repositories.profile(at);
    if (state.state === 'failed' || state.state === 'none') throw new Error(state.message);
    return state.state === 'ready' ? state : undefined;
  });
  expect(profile).toMatchObject({ rows: 12 });
  expect(await ben.data.splits(at)).toMatchObject({ state: 'ready', splits: [{ rows: 12 }] });
});

it('serves the old model, which answers as it did', async () => {
  await ben.deployments.create({ model: 'birds/kinds', name: 'kinds-again' });
  await until('the model to be served', async () => {
    const { state, message } = await ben.deployments.get({ name: 'kinds-again' });
    if (state === 'failed') throw new Error(message);
    return state === 'ready' ? true : undefined;
  });
  expect(await ben.deployments.predict({ name: 'kinds-again', rows: [seen.row] })).toEqual(seen.answer);
  await ben.deployments.stop({ name: 'kinds-again' });
});

it('trains on what was prepared then', async () => {
  const { id } = await ben.runs.create({
    project: 'birds',
    algorithm: 'linear',
    dataset: 'birds/prepared',
    model: 'birds/again',
    seed: 7,
  });
  const run = await until('the run', async () => {
    const now = await ben.runs.get({ id });
    if (now.state === 'failed' || now.state === 'cancelled') throw new Error(now.error?.message ?? now.state);
    return now.state === 'succeeded' ? now : undefined;
  });
  expect(run.evaluation?.metrics.accuracy?.value).toBeGreaterThan(0);
});

it('takes new versions, also where paths clash, and collects no byte that an old version needs', async () => {
  const options = { url: hub.url, token: seen.tokens.ben };
  const { sha256 } = await uploadBlob(options, new Blob(['new\n']));
  const misc = { kind: 'dataset' as const, namespace: 'ben', name: 'misc.v1' };
  const before = await allFiles(ben, misc);
  const { id, parent } = await ben.repositories.commit({
    ...misc,
    message: 'One more',
    operations: [
      { op: 'add', path: 'new.txt', sha256 },
      { op: 'delete', path: 'many/0.txt' },
    ],
  });
  expect(parent).toBe(seen.repositories['dataset ben/misc.v1']?.versions[0]?.commit.id);
  const after = await allFiles(ben, { ...misc, revision: id });
  expect(after.sort(byPath)).toEqual(
    [...before.filter(({ path }) => path !== 'many/0.txt'), { path: 'new.txt', sha256, sizeBytes: 4 }].sort(
      byPath,
    ),
  );

  await ana.system.collect();
  await hub.stop();
  await open();
  await ana.system.collect();
  for (const { at, old, reader } of repositories()) await compareBytes(at, old.versions, reader);
});
