/**
 * Upload and download of one large file over loopback, against Node's own HTTP server that hashes while it streams. Times of
 * whole transfers, until the hub has acknowledged what is then durable on the disk; the peer keeps an upload nowhere,
 * writes it, or writes it durably. TMPDIR says on which disk.
 */
import { execFileSync } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { rmSync } from 'node:fs';
import { open, rename } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createHubClient } from '@banyan/contract';
import type { BenchOptions } from '../bench.ts';
import { type Figure, median } from '../figures.ts';
import { bytesOf, call, pieceOf } from './client.ts';
import { type Server, startBare, startHub } from './processes.ts';

const partBytes = 32 << 20;
const partsAtOnce = 4;

export interface Servers {
  hub: Server & { token: string };
  bare: Server;
  /** What is downloaded from the peer. */
  file: string;
  block: Buffer;
  sizeBytes: number;
}

export type Case = (servers: Servers) => Promise<unknown>;

const whole = ({ block, sizeBytes }: Servers) => bytesOf(block, 0, sizeBytes);

export const postBlob: Case = (servers) =>
  call({
    url: `${servers.hub.url}/api/blobs`,
    method: 'POST',
    token: servers.hub.token,
    body: whole(servers),
  });

export const parts: Case = async ({ hub, block, sizeBytes }) => {
  const begun = await fetch(`${hub.url}/api/uploads`, {
    method: 'POST',
    headers: { authorization: `Bearer ${hub.token}`, 'content-type': 'application/json' },
    body: JSON.stringify({ sizeBytes, partBytes }),
  });
  const { id, parts: count } = (await begun.json()) as { id: string; parts: number };
  let next = 1;
  await Promise.all(
    Array.from({ length: partsAtOnce }, async () => {
      while (next <= count) {
        const number = next++;
        const start = (number - 1) * partBytes;
        const body = bytesOf(block, start, Math.min(sizeBytes, start + partBytes));
        await call({
          url: `${hub.url}/api/uploads/${id}/parts/${number}`,
          method: 'PUT',
          token: hub.token,
          body,
        });
      }
    }),
  );
  return call({ url: `${hub.url}/api/uploads/${id}/complete`, method: 'POST', token: hub.token });
};

const download: Case = ({ hub }) =>
  call({ url: `${hub.url}/api/files/dataset/bench/large/main/large.bin`, method: 'GET', token: hub.token });

const bareUpload =
  (address: string): Case =>
  (servers) =>
    call({ url: servers.bare.url + address, method: 'PUT', body: whole(servers) });
const bareDownload: Case = ({ bare }) => call({ url: bare.url, method: 'GET' });

/** Without a network or a hash: what the disk itself takes, which is not the same from one minute to the next. */
const disk: Case = async ({ file, block, sizeBytes }) => {
  await writeFile(`${file}.partial`, block, sizeBytes, { durable: true });
  await rename(`${file}.partial`, `${file}.written`);
};

/** Each is done once a round. */
const steps = {
  'node:http, hashing': bareUpload('/'),
  'node:http, hashing and writing': bareUpload('/write'),
  'node:http, hashing, writing and fsync': bareUpload('/durable'),
  'the disk alone, writing and fsync': disk,
  'upload in one request': postBlob,
  'upload in parts, four at once': parts,
  'node:http, download': bareDownload,
  download,
} satisfies Record<string, Case>;
type Step = keyof typeof steps;

const uploadPeers: Step[] = [
  'node:http, hashing',
  'node:http, hashing and writing',
  'node:http, hashing, writing and fsync',
  'the disk alone, writing and fsync',
];
const comparisons: Partial<Record<Step, Step[]>> = {
  'upload in one request': uploadPeers,
  'upload in parts, four at once': uploadPeers,
  download: ['node:http, download'],
};

/** `--only uploads`: no downloads. `--only large`: 10 GiB up, in one request and in parts, and down, for the memory that it takes; without a peer. */
export async function hub({ say, quick, only }: BenchOptions): Promise<Figure[]> {
  const large = only.includes('large');
  const sizeBytes = large ? 10 * 2 ** 30 : 2 ** 30;
  const block = randomBytes(64 << 20);
  const file = join(tmpdir(), `banyan-bench-${process.pid}`);
  await writeFile(file, block, large ? block.length : sizeBytes);
  const servers = { hub: await startHub(), bare: await startBare(file), file, block, sizeBytes };
  try {
    await commitLarge(servers);
    if (large) await measureMemory(servers, say);
    const how = { rounds: quick ? 1 : 3, uploadsAlone: only.includes('uploads') };
    return large ? [] : await compare(servers, how, say);
  } finally {
    say(`the hub's memory at its peak: ${Math.round(servers.hub.peakBytes() / 1e6)} MB`);
    await servers.bare.stop();
    await servers.hub.stop();
    for (const name of [file, `${file}.partial`, `${file}.written`]) rmSync(name, { force: true });
  }
}

async function compare(
  servers: Servers,
  { rounds, uploadsAlone }: { rounds: number; uploadsAlone: boolean },
  say: (text: string) => void,
): Promise<Figure[]> {
  const todo = (Object.keys(steps) as Step[]).filter((step) => !uploadsAlone || !step.includes('download'));
  const times: Partial<Record<Step, number>>[] = [];
  for (let round = 0; round < rounds; round++) {
    const took: Partial<Record<Step, number>> = {};
    for (const step of todo) {
      // What the step before left to be written is not this one's burden.
      execFileSync('sync');
      const used = [servers.hub, servers.bare].map((server) => server.processorSeconds());
      took[step] = await seconds(() => steps[step](servers));
      const [hub = 0, bare = 0] = [servers.hub, servers.bare].map(
        (server, index) => server.processorSeconds() - (used[index] ?? 0),
      );
      const processor = `processor time: hub ${hub.toFixed(2)} s, node:http ${bare.toFixed(2)} s`;
      say(`${step}: ${took[step].toFixed(2)} s; ${processor}`);
    }
    times.push(took);
  }
  return todo.flatMap((step) =>
    (comparisons[step] ?? []).map((peer) => {
      const pairs = times.map((took) => ({ ours: took[step] ?? 0, theirs: took[peer] ?? 0 }));
      const ratios = pairs.map(({ ours, theirs }) => ours / theirs);
      return {
        bench: 'hub',
        case: step,
        peer,
        ratio: median(ratios),
        ours: median(pairs.map(({ ours }) => ours)),
        theirs: median(pairs.map(({ theirs }) => theirs)),
        unit: 's',
        spread: [Math.min(...ratios), Math.max(...ratios)],
      };
    }),
  );
}

async function measureMemory(servers: Servers, say: (text: string) => void): Promise<void> {
  for (const [title, work] of Object.entries({ 'one request': postBlob, parts, download })) {
    const took = await seconds(() => work(servers));
    const peak = Math.round(servers.hub.peakBytes() / 1e6);
    say(`10 GiB, ${title}: ${took.toFixed(1)} s, peak memory so far ${peak} MB`);
  }
}

export async function seconds(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work();
  return (performance.now() - start) / 1000;
}

export async function writeFile(
  file: string,
  block: Buffer,
  sizeBytes: number,
  { durable = false } = {},
): Promise<void> {
  await using handle = await open(file, 'w');
  for (let at = 0; at < sizeBytes; at += block.length)
    await handle.write(pieceOf(block, at, Math.min(sizeBytes, at + block.length)));
  if (durable) await handle.sync();
}

/** The file, in a repository, to be downloaded. */
export async function commitLarge(servers: Servers): Promise<void> {
  const { hub, block, sizeBytes } = servers;
  const { sha256 } = JSON.parse(String(await postBlob(servers))) as { sha256: string };
  const hash = createHash('sha256');
  for (let at = 0; at < sizeBytes; at += block.length)
    hash.update(pieceOf(block, at, Math.min(sizeBytes, at + block.length)));
  if (hash.digest('hex') !== sha256) throw new Error('the hub has other bytes than were sent');
  const { repositories } = createHubClient({ url: hub.url, token: hub.token });
  const at = { kind: 'dataset', namespace: 'bench', name: 'large' } as const;
  await repositories.create(at);
  await repositories.commit({
    ...at,
    message: 'large',
    operations: [{ op: 'add', path: 'large.bin', sha256 }],
  });
}
