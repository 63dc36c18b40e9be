import { createHash } from 'node:crypto';
import { mkdir, readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Lease } from './crew.ts';

/** What was kept for jobs that never came back goes after a day, or when there is more than this of it, the oldest first. */
const mostAgeMs = 24 * 3600 * 1000;
const mostBytes = 50e9;
/** What is kept is understood by workers of the same version alone. */
const version = 2;

/**
 * The folder of what one attempt of a preparation leaves to the next, under the worker's home: of this job, and of these
 * very files, recipe and seed.
 */
export async function openKept(home: string, { id, payload }: Lease): Promise<string | undefined> {
  if (payload.kind !== 'prepare' || payload.recipe === undefined) return undefined;
  const { dataset, joins = [], recipe, seed } = payload;
  const files = [dataset, ...joins].map((input) => input.files.map(({ path, sha256 }) => [path, sha256]));
  const key = createHash('sha256')
    .update(JSON.stringify([version, files, recipe, seed]))
    .digest('hex');
  const folder = join(home, 'kept', id, key.slice(0, 32));
  await sweepKept(home, id);
  await mkdir(folder, { recursive: true });
  return folder;
}

/** The job has ended: nobody will go on from what was kept. */
export const dropKept = (home: string, job: string): Promise<void> =>
  rm(join(home, 'kept', job), { recursive: true, force: true });

/** Bounds what is kept of other jobs than `current`. */
export async function sweepKept(home: string, current?: string): Promise<void> {
  const root = join(home, 'kept');
  const jobs = (await readdir(root).catch(() => [])).filter((job) => job !== current);
  const kept = await Promise.all(jobs.map(async (job) => ({ job, ...(await measure(join(root, job))) })));
  kept.sort((a, b) => b.usedMs - a.usedMs);
  let totalBytes = 0;
  for (const { job, sizeBytes, usedMs } of kept) {
    totalBytes += sizeBytes;
    if (totalBytes > mostBytes || Date.now() - usedMs > mostAgeMs)
      await rm(join(root, job), { recursive: true, force: true });
  }
}

async function measure(folder: string): Promise<{ sizeBytes: number; usedMs: number }> {
  let sizeBytes = 0;
  let usedMs = 0;
  const names = await readdir(folder, { recursive: true }).catch(() => []);
  for (const name of ['.', ...names]) {
    const found = await stat(join(folder, name)).catch(() => undefined);
    if (found?.isFile()) sizeBytes += found.size;
    usedMs = Math.max(usedMs, found?.mtimeMs ?? 0);
  }
  return { sizeBytes, usedMs };
}
