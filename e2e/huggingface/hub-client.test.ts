import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ClientsLab, openClientsLab } from './clients.ts';

let lab: ClientsLab;
beforeAll(async () => {
  lab = await openClientsLab();
}, 120_000);
afterAll(() => lab.close());

const timeoutMs = 240_000;

describe("Python's huggingface_hub", () => {
  it('makes, fills, lists, reads, names, gates, moves and deletes repositories', {
    timeout: timeoutMs,
  }, async () => {
    expect(await lab.python('repositories.py')).toContain('fine');
  });

  it('discusses and merges', { timeout: timeoutMs }, async () => {
    expect(await lab.python('community.py')).toContain('fine');
  });

  it('asks for what is gated, decides and gives', { timeout: timeoutMs }, async () => {
    expect(await lab.python('gates.py')).toContain('fine');
  });

  it('likes, duplicates, tells the last change, and deletes for good', { timeout: timeoutMs }, async () => {
    expect(await lab.python('upkeep.py')).toContain('fine');
  });

  it('uploads by Git LFS, whole and in parts', { timeout: timeoutMs }, async () => {
    const env = { HF_HUB_DISABLE_XET: '1', WAY: 'lfs' };
    expect(await lab.python('uploads.py', env)).toContain('fine');
  });

  it('uploads by Xet, its default', { timeout: timeoutMs }, async () => {
    expect(await lab.python('uploads.py', { WAY: 'xet' })).toContain('fine');
  });
});

it('reads what is public without a token, where the hub lets everybody', { timeout: timeoutMs }, async () => {
  const open = await openClientsLab({ BANYAN_ANONYMOUS_READ: 'on' });
  try {
    expect(await open.python('strangers.py')).toContain('fine');
  } finally {
    await open.close();
  }
});

it('transformers and datasets push and load', { timeout: timeoutMs }, async () => {
  expect(await lab.python('libraries.py')).toContain('fine');
});

it('the command hf signs in, uploads and downloads', { timeout: timeoutMs }, async () => {
  const folder = join(lab.folder, 'thesis');
  await mkdir(join(folder, 'deep'), { recursive: true });
  await writeFile(join(folder, 'deep/notes.txt'), 'notes');
  await writeFile(join(folder, 'weights.bin'), Buffer.alloc(100_000, 'w'));
  const hf = (...args: string[]) => lab.run('hf', args, { HF_TOKEN: '' });
  await hf('auth', 'login', '--token', lab.ana.token);
  expect(await hf('auth', 'whoami')).toContain('ana');
  await hf('repos', 'create', 'ana/thesis');
  await hf('upload', 'ana/thesis', folder, '.');
  await hf('upload', 'ana/thesis-data', folder, '--repo-type', 'dataset', '--delete', '*.old');
  const to = join(lab.folder, 'again');
  await hf('download', 'ana/thesis', '--local-dir', to);
  expect(await readFile(join(to, 'deep/notes.txt'), 'utf8')).toBe('notes');
  expect(await readFile(join(to, 'weights.bin'))).toHaveLength(100_000);
  await hf('download', 'ana/thesis-data', 'weights.bin', '--repo-type', 'dataset', '--local-dir', to);
  await hf('auth', 'logout');
});
