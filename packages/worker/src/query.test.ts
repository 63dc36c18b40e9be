import { copyFile, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { JobPayload, JobResult, Question } from '@banyan/contract';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Assignment, Outcome } from './assignment.ts';
import { runInThread, ThreadFailure } from './thread.ts';

let home: string;
let tables: string;
let profiled: Extract<JobResult, { kind: 'prepare' }>;

const dataset = {
  kind: 'dataset' as const,
  path: 'flora/flowers',
  commit: '1'.repeat(40),
  files: ['flowers.csv', 'README.md'].map((path) => ({
    path,
    sha256: '0'.repeat(64),
    sizeBytes: 1,
    url: '/',
  })),
};

async function work(payload: JobPayload, folders: Partial<Assignment>): Promise<Outcome> {
  const folder = await mkdtemp(join(home, 'job-'));
  const tunnel = { url: '', job: '', token: '', leaseToken: '' };
  const assignment = { payload, folder, threads: 1, attempt: 1, tunnel, ...folders };
  return runInThread(assignment, () => undefined, new AbortController().signal);
}

const ask = async (question: Question, timeMs = 10_000) => {
  const files = [{ path: 'default/train/0000.parquet', rows: 240 }];
  const features = profiled.converted?.files[0]?.features ?? {};
  const limits = { memoryMb: 256, timeMs, answerBytes: 1 << 20 };
  const table = { name: 'train', config: 'default', split: 'train', files, features };
  const { result } = await work(
    { kind: 'query', dataset, tables: [table], question, limits },
    { dataset: tables },
  );
  return result.kind === 'query' ? result.answer : undefined;
};
const sql = (text: string, timeMs?: number) => ask({ ask: 'sql', sql: text, rows: 100 }, timeMs);

const failureOf = async (going: Promise<unknown>) => {
  const error: unknown = await going.catch((thrown: unknown) => thrown);
  if (!(error instanceof ThreadFailure)) throw new Error(`expected a failure, got ${String(error)}`);
  return error.failure;
};

beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'banyan-query-'));
  tables = join(home, 'tables');
  await mkdir(join(home, 'raw'));
  const lines = Array.from({ length: 240 }, (_, at) => `${at},${['ant', 'bee', 'cat'][at % 3]}`);
  await writeFile(join(home, 'raw/flowers.csv'), `size,kind\n${lines.join('\n')}\n`);
  await writeFile(join(home, 'raw/README.md'), '# Flowers\n');
  const { result, files } = await work({ kind: 'prepare', dataset, seed: 1 }, { dataset: join(home, 'raw') });
  if (result.kind !== 'prepare') throw new Error('a profile was asked for');
  profiled = result;
  for (const { path, file } of files) {
    await mkdir(join(tables, path, '..'), { recursive: true });
    await copyFile(file, join(tables, path));
  }
});
afterAll(() => rm(home, { recursive: true, force: true }));

it('converts a version to Parquet beside its profile', () => {
  expect(profiled.profile).toMatchObject({ rows: 240 });
  expect(profiled.converted).toMatchObject({
    files: [
      { config: 'default', split: 'train', part: 0, rows: 240, features: { size: { dtype: 'int64' } } },
    ],
    problems: [],
  });
});

it('answers questions, and refuses what is none in words for whoever asked', async () => {
  expect(await sql('SELECT kind, count(*) FROM train GROUP BY 1 ORDER BY 1')).toMatchObject({
    rows: [
      ['ant', 80],
      ['bee', 80],
      ['cat', 80],
    ],
  });
  expect(await ask({ ask: 'rows', offset: 239, length: 5 })).toMatchObject({
    total: 240,
    rows: [{ index: 239 }],
  });
  expect(await failureOf(sql("SELECT * FROM read_text('/etc/passwd')"))).toMatchObject({
    code: 'QUERY_REFUSED',
  });
  expect(await sql("SELECT 'a' || chr(0) || 'b'")).toMatchObject({ rows: [['a\uFFFDb']] });
});

it('ends a query in a function that neither an interrupt nor the limit of memory reaches', async () => {
  const { code } = await failureOf(sql("SELECT length(repeat('x', 3000000000))", 500));
  expect(code).toMatch(/^QUERY_(TIME|MEMORY)$/);
});
