/** What lies beside the data of a version: it changes neither the profile nor what a recipe makes, and is told. */
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { JobPayload, JobResult, Json } from '@banyan/contract';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Report } from './assignment.ts';
import { runInThread } from './thread.ts';

const recipe = {
  task: 'classification',
  target: 'kind',
  steps: [{ scale: {} }],
  split: { method: 'random', train: 0.6, valid: 0.2, test: 0.2 },
};
const plants = Array.from({ length: 60 }, (_, at) => `${at},${['ant', 'bee'][at % 2]}`);
const contents = {
  'a-note.txt': 'Measured by hand.\n',
  'plants.csv': `size,kind\n${plants.join('\n')}\n`,
  'LICENSE.txt': 'CC0\n',
  'README.md': '# Plants\n',
};
let home: string;
beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'banyan-beside-'));
  for (const [name, content] of Object.entries(contents)) await writeFile(join(home, name), content);
});
afterAll(() => rm(home, { recursive: true, force: true }));

async function prepare(names: string[], given?: Json, dataset = home) {
  const folder = await mkdtemp(join(home, 'job-'));
  const reports: Report[] = [];
  const input = {
    kind: 'dataset' as const,
    path: 'flora/plants',
    commit: '1'.repeat(40),
    files: names.map((path) => ({ path, sha256: '0'.repeat(64), sizeBytes: 1, url: '/' })),
  };
  const payload: JobPayload = { kind: 'prepare', dataset: input, seed: 1, ...(given && { recipe: given }) };
  const tunnel = { url: '', job: '', token: '', leaseToken: '' };
  const { result } = await runInThread(
    { payload, folder, dataset, threads: 1, attempt: 1, tunnel },
    (report) => reports.push(report),
    new AbortController().signal,
  );
  return { folder, reports, result: result as Extract<JobResult, { kind: 'prepare' }> };
}

const told = expect.objectContaining({
  kind: 'log',
  message: expect.stringContaining('a-note.txt is not read'),
});

it('in a profile and in the tables to look at', async () => {
  const { result, reports } = await prepare(Object.keys(contents));
  expect(result.profile).toMatchObject({ rows: 60 });
  expect(result.rows[0]).toEqual({ size: 0, kind: 'ant' });
  expect(result.converted?.files).toMatchObject([{ split: 'train', rows: 60 }]);
  expect(result.converted?.problems).toMatchObject([{ path: 'a-note.txt' }]);
  expect(reports).toContainEqual(told);
});

it('in what a recipe makes, to the byte', async () => {
  const alone = await prepare(['plants.csv'], recipe);
  const beside = await prepare(Object.keys(contents), recipe);
  const [one, other] = [alone, beside].map(({ folder }) => join(folder, 'prepared/train.parquet'));
  expect(await readFile(other!)).toEqual(await readFile(one!));
  expect(beside.reports).toContainEqual(told);
});

it('a prepared version brings its own profile, of the rows before they became features', async () => {
  const { folder } = await prepare(Object.keys(contents), recipe);
  const made = join(folder, 'prepared');
  const { result } = await prepare(await readdir(made), undefined, made);
  expect(result.profile).toMatchObject({ rows: 60, columns: [{ name: 'size' }, { name: 'kind' }] });
  expect(Object.keys(result.rows[0] ?? {})).toEqual(['size', 'kind']);
});
