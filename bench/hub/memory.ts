/** The most memory that the hub's process has, case by case: one hub goes through all of them, as a hub in use does. */
import { createHash, randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createHubClient, uploadBlob } from '@banyan/contract';
import { banyan } from '../../e2e/banyan.ts';
import type { BenchOptions } from '../bench.ts';
import type { Figure } from '../figures.ts';
import { type Body, bytesOf, call, piecesOf } from './client.ts';
import { startBare, startHub } from './processes.ts';
import { type Case, commitLarge, parts, postBlob, seconds, writeFile } from './transfer.ts';

const ranges = 8;
const at = (name: string) => ({ kind: 'dataset' as const, namespace: 'bench', name });

const send = (url: string, token: string, body: Body, type: string) =>
  call({ url, method: 'POST', token, body, headers: { 'content-type': type } });

/** A file of a repository, in eight ranges at once. */
const inRanges =
  (name: string): Case =>
  ({ hub, sizeBytes }) =>
    Promise.all(
      Array.from({ length: ranges }, (_, index) => {
        const [start, end] = [index, index + 1].map((n) => Math.floor((n * sizeBytes) / ranges)) as [
          number,
          number,
        ];
        return call({
          url: `${hub.url}/api/files/dataset/bench/${name}/main/large.bin`,
          method: 'GET',
          token: hub.token,
          headers: { range: `bytes=${start}-${end - 1}` },
        });
      }),
    );

/** Git LFS's way, in one request: other bytes than those that are here. */
const lfs: Case = async ({ hub, block, sizeBytes }) => {
  const [start, end] = [1 << 20, sizeBytes + (1 << 20)];
  const hash = createHash('sha256');
  for (const piece of piecesOf(block, start, end)) hash.update(piece);
  const batch = { operation: 'upload', objects: [{ oid: hash.digest('hex'), size: sizeBytes }] };
  const json = Buffer.from(JSON.stringify(batch));
  const answer = await send(
    `${hub.url}/datasets/bench/large.git/info/lfs/objects/batch`,
    hub.token,
    { sizeBytes: json.length, pieces: [json] },
    'application/vnd.git-lfs+json',
  );
  const { objects } = JSON.parse(answer) as { objects: { actions: { upload: { href: string } } }[] };
  const url = objects[0]?.actions.upload.href ?? '';
  await call({ url, method: 'PUT', body: bytesOf(block, start, end) });
};

const line = (key: string, value: object): string => `${JSON.stringify({ key, value })}\n`;

/** A commit as Hugging Face's clients send it. */
async function commitLines({ hub }: Parameters<Case>[0], name: string, body: Body): Promise<void> {
  await createHubClient({ url: hub.url, token: hub.token }).repositories.create(at(name));
  await send(`${hub.url}/api/datasets/bench/${name}/commit/main`, hub.token, body, 'application/x-ndjson');
}

const manyFiles: Case = (servers) => {
  const lines = Array.from({ length: 10_000 }, (_, index) =>
    line('file', {
      content: randomBytes(1000).toString('base64'),
      path: `folder-${index % 100}/${index}.txt`,
      encoding: 'base64',
    }),
  );
  const body = Buffer.from(line('header', { summary: 'many' }) + lines.join(''));
  return commitLines(servers, 'many', { sizeBytes: body.length, pieces: piecesOf(body, 0, body.length) });
};

const longLine: Case = (servers) => {
  const piece = Buffer.from(randomBytes(3 << 18).toString('base64'));
  const head = Buffer.from(
    `${line('header', { summary: 'long' })}{"key":"file","value":{"path":"long.txt","encoding":"base64","content":"`,
  );
  const tail = Buffer.from('"}}\n');
  const pieces = [head, ...Array.from({ length: 400 }, () => piece), tail];
  return commitLines(servers, 'long', {
    sizeBytes: pieces.reduce((sum, { length }) => sum + length, 0),
    pieces,
  });
};

/** 100,000 files, in commits of 10,000, and pages of their listing. */
const listing: Case = async ({ hub }) => {
  const api = createHubClient({ url: hub.url, token: hub.token });
  const { sha256 } = await uploadBlob({ url: hub.url, token: hub.token }, new TextEncoder().encode('a file'));
  await api.repositories.create(at('listing'));
  for (let from = 0; from < 100_000; from += 10_000)
    await api.repositories.commit({
      ...at('listing'),
      message: 'more',
      operations: Array.from({ length: 10_000 }, (_, n) => ({
        op: 'add' as const,
        path: `images/${String(n % 1000).padStart(4, '0')}/${from + n}.png`,
        sha256,
      })),
    });
  for (let round = 0; round < 20; round += 1) {
    await api.repositories.tree({ ...at('listing'), limit: 1000, recursive: true });
    await api.repositories.tree({ ...at('listing'), limit: 1000, folder: 'images' });
  }
};

/** Sent by the command line, which makes chunks of it: read back, it is assembled. */
const push =
  (file: string): Case =>
  ({ hub }) =>
    banyan(['push', file, 'bench/chunked', '--create', '--json'], { as: hub });

export async function hubMemory({ say, quick }: BenchOptions): Promise<Figure[]> {
  const sizeBytes = quick ? 2 ** 27 : 2 ** 30;
  const block = randomBytes(64 << 20);
  const folder = mkdtempSync(join(tmpdir(), 'banyan-bench-'));
  const file = join(folder, 'large.bin');
  await writeFile(file, block, sizeBytes);
  const servers = { hub: await startHub(), bare: await startBare(file), file, block, sizeBytes };
  const { hub, bare } = servers;
  const cases: Record<string, Case> = {
    'from the start to its first answer': () => call({ url: `${hub.url}/healthz`, method: 'GET' }),
    'upload in one request': postBlob,
    'upload in parts, four at once': parts,
    'a commit of it': commitLarge,
    'upload by Git LFS': lfs,
    'download in eight ranges at once': inRanges('large'),
    'push by the command line': push(file),
    'download of what was pushed, in eight ranges': inRanges('chunked'),
    'a commit with 300 MB in one line': longLine,
    'a commit of 10,000 small files': manyFiles,
    'commits of 100,000 files, listings': listing,
  };
  try {
    for (const [title, work] of Object.entries(cases)) {
      const took = await seconds(() => work(servers));
      say(`${title}: ${Math.round(hub.peakBytes() / 1e6)} MB at most, ${took.toFixed(1)} s`);
      hub.forgetPeak();
    }
  } finally {
    await bare.stop();
    await hub.stop();
    rmSync(folder, { recursive: true, force: true });
  }
  return [];
}
