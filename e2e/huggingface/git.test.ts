import { execFile } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { readdir, readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { uploadBlob } from '@banyan/contract';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type HubProcess, newFolder, startHub } from '../hub-process.ts';
import { invite, type Member, signUp } from '../person.ts';

const execute = promisify(execFile);
const why = (refused: Promise<string>) => expect(refused).rejects;
const has = async (...words: [string, ...string[]]) => {
  const [command, ...args] = words;
  return execute(command, args).then(
    () => true,
    () => false,
  );
};
const lfs = await has('git', 'lfs', 'version');
const git = await has('git', '--version');

describe.skipIf(!git || !lfs)(git && lfs ? 'git' : 'git (skipped: git or git-lfs is not installed)', () => {
  let hub: HubProcess;
  let ana: Member;
  let bob: Member;
  let folder: string;
  beforeAll(async () => {
    [hub, folder] = await Promise.all([
      startHub({ env: { BANYAN_LOCAL_WORKER: 'off', BANYAN_ANONYMOUS_READ: 'on' } }),
      newFolder('banyan-git-'),
    ]);
    const password = 'correct horse';
    ana = await signUp(hub.url, { setup: hub.setupCode }, { username: 'ana', name: 'Ana', password });
    bob = await invite(ana, { username: 'bob', name: 'Bob', password });
  }, 120_000);
  afterAll(async () => {
    await hub?.stop();
    if (folder) await rm(folder, { recursive: true, force: true });
  });

  const address = (path: string, who = ana) =>
    `${hub.url.replace('://', `://${who === ana ? 'ana' : 'bob'}:${who.token}@`)}/${path}`;

  /** Runs git as somebody whose computer knows nothing; answers what it printed. Throws with `stderr`. */
  async function run(...args: string[]): Promise<string> {
    const environment = {
      PATH: process.env['PATH'],
      HOME: folder,
      GIT_TERMINAL_PROMPT: '0',
      GIT_CONFIG_NOSYSTEM: '1',
      // As `git lfs install` writes it.
      GIT_CONFIG_COUNT: '5',
      GIT_CONFIG_KEY_0: 'filter.lfs.smudge',
      GIT_CONFIG_VALUE_0: 'git-lfs smudge -- %f',
      GIT_CONFIG_KEY_1: 'filter.lfs.process',
      GIT_CONFIG_VALUE_1: 'git-lfs filter-process',
      GIT_CONFIG_KEY_2: 'filter.lfs.clean',
      GIT_CONFIG_VALUE_2: 'git-lfs clean -- %f',
      GIT_CONFIG_KEY_3: 'filter.lfs.required',
      GIT_CONFIG_VALUE_3: 'true',
      GIT_CONFIG_KEY_4: 'transfer.fsckObjects',
      GIT_CONFIG_VALUE_4: 'true',
    };
    const { stdout } = await execute('git', args, { cwd: folder, env: environment, maxBuffer: 64 << 20 });
    return stdout;
  }
  const inside = (name: string, ...args: string[]) => run('-C', join(folder, name), ...args);

  interface Place {
    kind: 'model' | 'dataset';
    name: string;
  }
  const at = ({ kind, name }: Place) => ({ kind, namespace: 'ana', name });
  async function commit(
    place: Place,
    files: Record<string, string | Buffer | undefined>,
    more: object = {},
  ): Promise<{ id: string; pullRequest?: number | undefined }> {
    const operations = [];
    for (const [path, content] of Object.entries(files))
      if (content === undefined) operations.push({ op: 'delete' as const, path });
      else {
        const { sha256 } = await uploadBlob({ url: hub.url, token: ana.token }, Buffer.from(content));
        operations.push({ op: 'add' as const, path, sha256 });
      }
    return ana.api.repositories.commit({ ...at(place), message: 'change', operations, ...more });
  }
  const create = (place: Place, visibility: 'public' | 'private' | 'gated' = 'public') =>
    ana.api.repositories.create({ ...at(place), visibility });

  it('clones a model with its history, names and large files', { timeout: 120_000 }, async () => {
    const model: Place = { kind: 'model', name: 'Whale' };
    await create(model);
    const weights = randomBytes(300_000);
    await commit(model, {
      'config.json': '{}\n',
      'deep/er/notes.txt': 'one\n',
      'ünï côdé.txt': 'grüße\n',
      // A folder sorts as if a slash came behind its name: after this.
      'a.txt': 'a',
      'a/b.txt': 'b',
      'empty.txt': '',
      'weights.bin': weights,
    });
    await ana.api.repositories.tag({ ...at(model), revision: 'main', tag: 'v1' });
    // Large without a rule that says so, in a folder whose name Git's patterns would take for a pattern.
    const large = randomBytes((10 << 20) + 1);
    await commit(
      model,
      { 'deep/er/notes.txt': undefined, 'odd [1] dir/large "x".txt': large },
      {
        description: 'Because.\nTwice.',
      },
    );
    await ana.api.versions.createBranch({ ...at(model), branch: 'ideas/one', revision: 'v1' });
    const { pullRequest } = await commit(model, { 'proposed.txt': 'yes' }, { pullRequest: true });

    await run('clone', address('ana/Whale'), 'whale');
    expect((await readdir(join(folder, 'whale'))).sort()).toEqual(
      [
        '.git',
        '.gitattributes',
        'a',
        'a.txt',
        'config.json',
        'empty.txt',
        'odd [1] dir',
        'weights.bin',
        'ünï côdé.txt',
      ].sort(),
    );
    expect(await readFile(join(folder, 'whale/weights.bin'))).toEqual(weights);
    expect(await readFile(join(folder, 'whale/odd [1] dir/large "x".txt'))).toEqual(large);
    expect(await readFile(join(folder, 'whale/ünï côdé.txt'), 'utf8')).toBe('grüße\n');
    // What Git would write itself is what it got.
    expect(await inside('whale', 'status', '--porcelain')).toBe('');
    await inside('whale', 'fsck', '--full', '--strict');
    const log = await inside('whale', 'log', '--format=%an|%s|%b');
    expect(log).toMatch(/^ana\|change\|Because\.\nTwice\.\n\nBanyan-Commit: [0-9a-f]{40}\n+ana\|change\|/);
    expect(await inside('whale', 'branch', '-r')).toMatch(
      /origin\/HEAD -> origin\/main[^]*origin\/ideas\/one/,
    );
    await inside('whale', 'checkout', '-q', 'v1');
    expect(await readFile(join(folder, 'whale/deep/er/notes.txt'), 'utf8')).toBe('one\n');
    await inside('whale', 'fetch', '-q', 'origin', `refs/pr/${pullRequest}:proposed`);
    expect(await inside('whale', 'show', 'proposed:proposed.txt')).toBe('yes');

    // Later versions come by themselves, and have the names that a new clone sees.
    await inside('whale', 'checkout', '-q', 'main');
    await commit(model, { 'config.json': '{"new": true}\n', 'a.txt': undefined });
    await inside('whale', 'pull', '-q');
    expect(await readFile(join(folder, 'whale/config.json'), 'utf8')).toBe('{"new": true}\n');
    await run('clone', '-q', address('ana/Whale.git'), 'again');
    expect(await inside('again', 'rev-parse', 'HEAD')).toBe(await inside('whale', 'rev-parse', 'HEAD'));
    await inside('whale', 'fsck', '--full', '--strict');
  });

  it('clones the newest version alone, and the rest later', { timeout: 60_000 }, async () => {
    const data: Place = { kind: 'dataset', name: 'tides' };
    await create(data, 'private');
    for (const text of ['1', '2', '3', '4'])
      await commit(data, { 'tides.csv': `tide\n${text}\n`, [`${text}.txt`]: text });
    await run('clone', '-q', '--depth', '1', address('datasets/ana/tides'), 'tides');
    expect(await inside('tides', 'rev-list', '--count', 'HEAD')).toBe('1\n');
    expect(await readFile(join(folder, 'tides/tides.csv'), 'utf8')).toBe('tide\n4\n');
    await commit(data, { 'tides.csv': 'tide\n5\n' });
    await inside('tides', 'pull', '-q');
    expect(await inside('tides', 'rev-list', '--count', 'HEAD')).toBe('2\n');
    await inside('tides', 'fetch', '-q', '--deepen', '1');
    expect(await inside('tides', 'rev-list', '--count', 'HEAD')).toBe('3\n');
    await inside('tides', 'fetch', '-q', '--unshallow');
    expect(await inside('tides', 'rev-list', '--count', 'HEAD')).toBe('5\n');
    await inside('tides', 'fsck', '--full', '--strict');
    expect(await inside('tides', 'show', 'HEAD~3:2.txt')).toBe('2');

    // A history that was squashed begins anew.
    await ana.api.versions.squash({ ...at(data), branch: 'main', message: 'all' });
    await run('clone', '-q', address('datasets/ana/tides'), 'squashed');
    expect(await inside('squashed', 'rev-list', '--count', 'HEAD')).toBe('1\n');
    await inside('squashed', 'fsck', '--full', '--strict');
  });

  it('clones what has no version yet', { timeout: 60_000 }, async () => {
    await create({ kind: 'model', name: 'bare' });
    await run('clone', '-q', address('ana/bare'), 'bare');
    expect(await readdir(join(folder, 'bare'))).toEqual(['.git']);
  });

  it('lets in whom the rules let in, and says why not', { timeout: 60_000 }, async () => {
    const closed: Place = { kind: 'model', name: 'closed' };
    await create(closed, 'private');
    await commit(closed, { 'a.txt': 'a' });
    await why(run('clone', `${hub.url}/ana/closed`, 'no-1')).toMatchObject({
      stderr: expect.stringMatching(/could not read Username|terminal prompts disabled/),
    });
    await why(run('clone', address('ana/closed', bob), 'no-2')).toMatchObject({
      stderr: expect.stringContaining('There is no model "ana/closed"'),
    });
    await ana.api.repositories.update({ ...at(closed), visibility: 'gated' });
    await why(run('clone', address('ana/closed', bob), 'no-3')).toMatchObject({
      stderr: expect.stringContaining("need its owner's consent"),
    });
    await ana.api.repositories.update({ ...at(closed), visibility: 'public' });
    await run('clone', '-q', address('ana/closed', bob), 'yes');
    // Public, on a hub that lets everybody read it; its large file too.
    await commit(closed, { 'large.bin': 'large' });
    await run('clone', '-q', `${hub.url}/ana/closed`, 'anonymous');
    expect(await readFile(join(folder, 'anonymous/large.bin'), 'utf8')).toBe('large');
    await why(inside('yes', 'push', '-q', 'origin', 'HEAD:more')).toMatchObject({
      stderr: expect.stringContaining('Use: hf upload, or banyan push'),
    });
    await why(run('-c', 'protocol.version=0', 'clone', address('ana/closed'), 'no-4')).toMatchObject({
      stderr: expect.stringContaining("version 2 of Git's protocol"),
    });
  });

  it('clones many small files', { timeout: 240_000 }, async () => {
    const many: Place = { kind: 'dataset', name: 'many' };
    await create(many);
    const lines = [JSON.stringify({ key: 'header', value: { summary: 'many' } })];
    for (let index = 0; index < 2000; index += 1) {
      const content = randomBytes(500).toString('base64');
      const path = `folder-${index % 100}/${index}.txt`;
      lines.push(JSON.stringify({ key: 'file', value: { path, content, encoding: 'base64' } }));
    }
    const response = await fetch(`${hub.url}/api/datasets/ana/many/commit/main`, {
      method: 'POST',
      headers: { authorization: `Bearer ${ana.token}`, 'content-type': 'application/x-ndjson' },
      body: lines.join('\n'),
    });
    expect(response.status).toBe(200);
    await run('clone', '-q', address('datasets/ana/many'), 'many');
    expect((await inside('many', 'ls-files')).trim().split('\n')).toHaveLength(2000);
    expect(await inside('many', 'status', '--porcelain')).toBe('');
    const sum = createHash('sha1');
    const one = await readFile(join(folder, 'many/folder-7/7.txt'));
    sum.update(`blob ${one.length}\0`).update(one);
    expect((await inside('many', 'rev-parse', 'HEAD:folder-7/7.txt')).trim()).toBe(sum.digest('hex'));
    expect((await stat(join(folder, 'many/folder-99/1999.txt'))).size).toBe(500);
  });
});
