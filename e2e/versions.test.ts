import { randomBytes } from 'node:crypto';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import { run } from '@banyan/cli';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { freePort, type HubProcess, newFolder, startHub } from './hub-process.ts';
import { invite, type Member, signUp } from './person.ts';

const password = 'seven trees in a row';

let hub: HubProcess;
let owner: Member;
let reader: Member;
let folder: string;

/** What `banyan ARGS` prints for this person; what is pushed lies in the folder. */
async function banyan(who: Member, ...args: string[]): Promise<string> {
  const [stdout, stderr] = [new PassThrough(), new PassThrough()];
  const code = await run(
    args.map((word) => (args[0] === 'push' && files.has(word) ? join(folder, word) : word)),
    {
      stdout,
      stderr,
      environment: {
        XDG_CONFIG_HOME: join(folder, 'config'),
        BANYAN_URL: hub.url,
        BANYAN_TOKEN: who.token,
      },
      signal: new AbortController().signal,
    },
  );
  stdout.end();
  stderr.end();
  if (code !== 0) throw Object.assign(new Error(`exit ${code}`), { code, stderr: await text(stderr) });
  return text(stdout);
}
const files = new Set<string>();
async function write(name: string, content: string | Uint8Array): Promise<void> {
  files.add(name);
  await writeFile(join(folder, name), content);
}
const machine = async (who: Member, ...args: string[]) => JSON.parse(await banyan(who, ...args, '--json'));

beforeAll(async () => {
  const port = await freePort();
  [hub, folder] = await Promise.all([
    startHub({ port, env: { BANYAN_LOCAL_WORKER: 'off' } }),
    newFolder('banyan-versions-'),
  ]);
  owner = await signUp(hub.url, { setup: hub.setupCode }, { username: 'wangari', name: 'Wangari', password });
  reader = await invite(owner, { username: 'rachel', name: 'Rachel', password });
  await write('README.md', '# Trees\n\nOne.\n');
  await write('trees.csv', 'name,height_m\noak,20\n');
  const made = ['--create', '--visibility', 'public', '--licence', 'CC0-1.0', '-m', 'Plant'];
  await banyan(owner, 'push', 'README.md', 'trees.csv', 'wangari/trees', ...made);
}, 120_000);
afterAll(async () => {
  await hub?.stop();
  await rm(folder, { recursive: true, force: true });
});

it('names versions, tells them apart, and undoes one', async () => {
  expect(await banyan(owner, 'repo', 'tag', 'wangari/trees', 'v1')).toContain('is v1 from now on');
  await write('README.md', '# Trees\n\nTwo.\n');
  await write('shrubs.csv', 'name\nhazel\n');
  await banyan(owner, 'push', 'README.md', 'shrubs.csv', 'wangari/trees', '-m', 'Add shrubs');
  const history = await banyan(owner, 'repo', 'history', 'wangari/trees');
  expect(history).toMatch(/Add shrubs +main\n.*Plant +v1/);
  const [newest] = await machine(owner, 'repo', 'history', 'wangari/trees', '--limit', '1');
  expect(newest).toMatchObject({ message: 'Add shrubs', author: 'wangari' });

  const changed = await banyan(owner, 'repo', 'diff', 'wangari/trees', 'v1');
  expect(changed).toMatch(/changed +README\.md +14 B +14 B/);
  expect(changed).toMatch(/added +shrubs\.csv/);
  expect((await machine(owner, 'repo', 'diff', 'wangari/trees')).files).toHaveLength(2);
  const lines = await banyan(owner, 'repo', 'diff', 'wangari/trees', 'v1', '--file', 'README.md');
  expect(lines).toContain('-One.\n+Two.');
  expect(lines).not.toContain('\u001b');

  const reverted = await banyan(owner, 'repo', 'revert', 'wangari/trees', newest.id.slice(0, 8));
  expect(reverted).toContain('Revert "Add shrubs"');
  expect(await banyan(owner, 'repo', 'diff', 'wangari/trees', 'v1')).toContain('No file differs.');
  await expect(banyan(owner, 'repo', 'revert', 'wangari/trees', 'deadbeef')).rejects.toMatchObject({
    code: 2,
    stderr: expect.stringContaining('banyan repo history wangari/trees'),
  });
});

it('makes, lists and deletes branches and tags', async () => {
  await banyan(owner, 'repo', 'branch', 'wangari/trees', 'cleaned', '--from', 'v1');
  expect(await banyan(owner, 'repo', 'branch', 'wangari/trees')).toMatch(/cleaned +[0-9a-f]{8}\nmain /);
  await banyan(owner, 'push', 'shrubs.csv', 'wangari/trees', '--branch', 'cleaned');
  const cleaned = ['repo', 'diff', 'wangari/trees', 'main', 'cleaned'];
  expect(await banyan(owner, ...cleaned)).toMatch(/added +shrubs\.csv/);
  await banyan(owner, 'repo', 'branch', 'wangari/trees', 'cleaned', '--delete');
  await expect(banyan(owner, ...cleaned)).rejects.toMatchObject({
    stderr: expect.stringContaining('no version "cleaned"'),
  });
  await banyan(owner, 'repo', 'tag', 'wangari/trees', 'gone');
  await banyan(owner, 'repo', 'tag', 'wangari/trees', 'gone', '--delete');
  expect(await machine(owner, 'repo', 'tag', 'wangari/trees')).toMatchObject([{ kind: 'tag', name: 'v1' }]);
});

it('takes a pull request from somebody who may only read, small files and large', async () => {
  const proposed = 'name,height_m\noak,20\nbeech,30\n';
  await write('trees.csv', proposed);
  await write('scan.raw', randomBytes(9 << 20));
  const push = ['push', 'trees.csv', 'scan.raw', 'wangari/trees'];
  await expect(banyan(reader, ...push)).rejects.toMatchObject({ code: 1 });
  const pushed = await banyan(reader, ...push, '--pull-request', '-m', 'A beech');
  expect(pushed).toContain('Opened the pull request 1 into main.');
  expect(await banyan(owner, 'repo', 'diff', 'wangari/trees', 'v1')).toContain('No file differs.');
  await write('notes.txt', 'Measured in May.\n');
  await banyan(reader, 'push', 'notes.txt', 'wangari/trees', '--branch', 'refs/pr/1');

  expect(await banyan(owner, 'pr', 'list', 'wangari/trees')).toMatch(/1 +open +A beech +rachel +main/);
  await banyan(owner, 'pr', 'comment', 'wangari/trees', '1', 'Which forest?');
  const shown = await banyan(reader, 'pr', 'show', 'wangari/trees', '#1');
  expect(shown).toMatch(/added +notes\.txt[^]*changed +trees\.csv[^]*wangari wrote\n {2}Which forest\?/);
  await expect(banyan(reader, 'pr', 'merge', 'wangari/trees', '1')).rejects.toMatchObject({ code: 1 });
  await banyan(owner, 'pr', 'close', 'wangari/trees', '1', '-m', 'In autumn');
  expect(await banyan(reader, 'pr', 'ready', 'wangari/trees', '1')).toContain('is open now');

  // The branch moves on, in a file that the pull request changed too.
  await write('trees.csv', 'name,height_m\noak,21\n');
  await banyan(owner, 'push', 'trees.csv', 'wangari/trees');
  await write('trees.csv', proposed);
  await expect(banyan(owner, 'pr', 'merge', 'wangari/trees', '1')).rejects.toMatchObject({
    stderr: expect.stringMatching(/both changed trees\.csv[^]*Update the pull request/),
  });
  const update = ['pr', 'update', 'wangari/trees', '1'];
  await expect(banyan(reader, ...update)).rejects.toMatchObject({ code: 1 });
  expect(await banyan(reader, ...update, '--keep-pull', 'trees.csv')).toMatch(/#1: [0-9a-f]{8}/);
  expect(await banyan(owner, 'pr', 'merge', 'wangari/trees', '1')).toMatch(/into main: [0-9a-f]{8}/);
  expect(await machine(owner, 'pr', 'show', 'wangari/trees', '1')).toMatchObject({ status: 'merged' });
  await banyan(owner, 'pull', 'wangari/trees', '--to', join(folder, 'merged'));
  for (const file of ['scan.raw', 'trees.csv', 'notes.txt'])
    expect(await readFile(join(folder, 'merged', file))).toEqual(await readFile(join(folder, file)));
});

it('fills a draft, and tells a discussion from a pull request', async () => {
  const opened = await banyan(reader, 'pr', 'open', 'wangari/trees', '--title', 'Shrubs again');
  expect(opened).toContain('banyan push FILES wangari/trees --branch refs/pr/2');
  await banyan(reader, 'push', 'shrubs.csv', 'wangari/trees', '--branch', 'refs/pr/2');
  await banyan(reader, 'pr', 'ready', 'wangari/trees', '2');
  await banyan(owner, 'pr', 'merge', 'wangari/trees', '2');
  const talk = await machine(
    reader,
    'discussion',
    'open',
    'wangari/trees',
    '--title',
    'Where?',
    '-m',
    'Say.',
  );
  expect(talk).toMatchObject({ number: 3, kind: 'discussion', status: 'open' });
  expect(await banyan(owner, 'discussion', 'list', 'wangari/trees')).toMatch(/3 +open +Where\?/);
  expect(await banyan(owner, 'pr', 'list', 'wangari/trees')).not.toContain('Where?');
  expect(await banyan(owner, 'discussion', 'show', 'wangari/trees', '3')).toContain('  Say.');
});

it('gives another name, and the old one leads on', async () => {
  expect(await banyan(owner, 'repo', 'move', 'wangari/trees', 'wangari/woods')).toContain(
    'is wangari/woods now',
  );
  expect(await banyan(reader, 'repo', 'history', 'wangari/trees', '--limit', '1')).toContain('main');
});
