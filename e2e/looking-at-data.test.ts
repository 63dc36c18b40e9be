import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { uploadBlob } from '@banyan/contract';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { z } from 'zod';
import { runBanyan } from './banyan.ts';
import { type HubProcess, startHub } from './hub-process.ts';
import { type Member, signUp } from './person.ts';
import { pythonEnvironment } from './python/environment.ts';

let hub: HubProcess;
let ana: Member;
const dataset = 'ana/penguins';
const at = { namespace: 'ana', name: 'penguins' };

const birds = (count: number) =>
  `id,species,mass,note\n${Array.from(
    { length: count },
    (_, i) => `${i},${['adelie', 'gentoo', 'chinstrap'][i % 3]},${3000 + i},note number ${i}`,
  ).join('\n')}\n`;

beforeAll(async () => {
  hub = await startHub();
  ana = await signUp(
    hub.url,
    { setup: hub.setupCode },
    { username: 'ana', name: 'Ana', password: 'correct horse' },
  );
  await ana.api.repositories.create({ kind: 'dataset', ...at });
  const operations = [];
  for (const [path, content] of Object.entries({ 'train.csv': birds(300), 'test.csv': birds(30) })) {
    const { sha256 } = await uploadBlob(ana.options, new Blob([content]));
    operations.push({ op: 'add' as const, path, sha256 });
  }
  await ana.api.repositories.commit({ kind: 'dataset', ...at, message: 'Birds', operations });
}, 60_000);
afterAll(() => hub?.stop());

const viewer = async (path: string, token: string | undefined = ana.token) => {
  const response = await fetch(`${hub.url}/datasets-server${path}`, {
    headers: token === '' ? {} : { authorization: `Bearer ${token}` },
  });
  return { status: response.status, headers: response.headers, body: (await response.json()) as unknown };
};
const split = `dataset=${dataset}&config=default&split=train`;

/** Retries while a worker has not answered, as clients of the viewer do. */
async function answered(path: string): Promise<unknown> {
  for (let tries = 0; tries < 60; tries++) {
    const { status, headers, body } = await viewer(path);
    if (status === 200) return body;
    if (headers.get('x-error-code') !== 'ResponseNotReady')
      throw new Error(`${path}: ${JSON.stringify(body)}`);
    await sleep(500);
  }
  throw new Error(`${path} was never ready`);
}

const feature = z.strictObject({
  feature_idx: z.int(),
  name: z.string(),
  type: z.looseObject({ _type: z.string() }),
});
const row = z.strictObject({
  row_idx: z.int(),
  row: z.looseObject({ id: z.int() }),
  truncated_cells: z.array(z.string()),
});
const page = z.strictObject({
  features: z.array(feature).length(4),
  rows: z.array(row),
  num_rows_total: z.int(),
  num_rows_per_page: z.literal(100),
  partial: z.literal(false),
});
const splitOf = {
  dataset: z.literal(dataset),
  config: z.literal('default'),
  split: z.enum(['train', 'test']),
};
const ended = { pending: z.array(z.never()), failed: z.array(z.never()) };

it('converts a push to Parquet and shows it in the shapes of the datasets viewer', async () => {
  const valid = z.strictObject({
    preview: z.literal(true),
    viewer: z.literal(true),
    search: z.literal(true),
    filter: z.literal(true),
    statistics: z.literal(true),
  });
  await answered(`/rows?${split}`);
  valid.parse(await answered(`/is-valid?dataset=${dataset}`));
  z.strictObject({ splits: z.array(z.strictObject(splitOf)).length(2), ...ended }).parse(
    await answered(`/splits?dataset=${dataset}`),
  );
  z.strictObject({
    ...splitOf,
    features: z.array(feature),
    rows: z.array(row).length(100),
    truncated: z.literal(true),
  }).parse(await answered(`/first-rows?${split}`));

  const second = page.parse(await answered(`/rows?${split}&offset=298&length=5`));
  expect(second.rows.map(({ row_idx }) => row_idx)).toEqual([298, 299]);
  expect(second.num_rows_total).toBe(300);
  const found = page.parse(await answered(`/search?${split}&query=NUMBER%2029`));
  expect(found.rows.map(({ row_idx }) => row_idx)).toEqual([
    29,
    ...Array.from({ length: 10 }, (_, i) => 290 + i),
  ]);
  const where = encodeURIComponent(`"species" = 'gentoo' AND "mass" > 3200`);
  const filtered = page.parse(
    await answered(`/filter?${split}&where=${where}&orderby=%22mass%22%20DESC&length=1`),
  );
  expect(filtered).toMatchObject({ num_rows_total: 33, rows: [{ row: { mass: 3298, species: 'gentoo' } }] });

  const size = z.object({
    size: z.object({ dataset: z.looseObject({ num_rows: z.literal(330) }) }),
    ...ended,
  });
  size.parse(await answered(`/size?dataset=${dataset}`));
  const info = z.object({
    dataset_info: z.object({
      default: z.looseObject({
        splits: z.object({ train: z.looseObject({ num_examples: z.literal(300) }) }),
      }),
    }),
  });
  info.parse(await answered(`/info?dataset=${dataset}`));
  const { statistics } = z
    .strictObject({
      num_examples: z.literal(300),
      statistics: z.array(
        z.strictObject({
          column_name: z.string(),
          column_type: z.string(),
          column_statistics: z.looseObject({ nan_count: z.literal(0) }),
        }),
      ),
      partial: z.literal(false),
    })
    .parse(await answered(`/statistics?${split}`));
  expect(statistics.map(({ column_name, column_type }) => `${column_name} ${column_type}`)).toEqual([
    'id int',
    'species string_label',
    'mass int',
    'note string_text',
  ]);
}, 120_000);

const code = async (path: string, token?: string) => {
  const { status, headers } = await viewer(path, token);
  return `${status} ${headers.get('x-error-code')}`;
};

it('refuses in the words of the viewer', async () => {
  expect(await code('/rows')).toBe('422 MissingRequiredParameter');
  expect(await code(`/rows?dataset=${dataset}`)).toBe('422 MissingRequiredParameter');
  expect(await code('/splits?dataset=ana/nothing')).toBe('404 ResponseNotFound');
  expect(await code(`/splits?dataset=${dataset}`, '')).toBe('401 ExternalUnauthenticatedError');
  expect(
    await code(`/filter?${split}&where=${encodeURIComponent("id IN (FROM read_text('/etc/passwd'))")}`),
  ).toBe('422 InvalidParameter');
  expect(await code('/nowhere')).toBe('404 ResponseNotFound');
}, 60_000);

it('answers at the name that the clients of Hugging Face make up: datasets-server.', async () => {
  const asked = request(`${hub.url}/splits?dataset=${dataset}`, {
    headers: { host: 'datasets-server.hub.local', authorization: `Bearer ${ana.token}` },
  });
  const answer = once(asked, 'response') as Promise<[IncomingMessage]>;
  asked.end();
  const [response] = await answer;
  expect(response.headers['x-revision']).toMatch(/^[0-9a-f]{40}$/);
  expect(JSON.parse(await text(response))).toMatchObject({ splits: [{ split: 'train' }, { split: 'test' }] });
});

it('gives Parquet that pandas and pyarrow read from its address', async () => {
  const { parquet_files: files } = z
    .object({
      parquet_files: z.array(
        z.strictObject({ ...splitOf, url: z.url(), filename: z.string(), size: z.int() }),
      ),
    })
    .parse(await answered(`/parquet?dataset=${dataset}`));
  expect(files[0]?.url).toBe(
    `${hub.url}/datasets/${dataset}/resolve/refs%2Fconvert%2Fparquet/default/train/0000.parquet`,
  );
  const script = `
import sys, io, urllib.request, pandas, pyarrow.parquet
request = urllib.request.Request(sys.argv[1], headers={"authorization": "Bearer " + sys.argv[2]})
data = urllib.request.urlopen(request).read()
frame = pandas.read_parquet(io.BytesIO(data))
print(len(data), len(frame), int(frame["mass"].sum()), pyarrow.parquet.read_schema(io.BytesIO(data)).names)
`;
  const python = spawn(await pythonEnvironment(), ['-c', script, files[0]?.url ?? '', ana.token]);
  const [out, error] = await Promise.all([text(python.stdout), text(python.stderr)]);
  expect(error).toBe('');
  expect(out.trim()).toBe(`${files[0]?.size} 300 944850 ['id', 'species', 'mass', 'note']`);
}, 60_000);

const sql = async (statement: string) => {
  const found = await ana.api.data.sql({ ...at, sql: statement });
  if (found.state !== 'ready') throw new Error('the worker did not answer');
  return found.rows;
};

it('answers SQL in a moment, and not about this machine', async () => {
  expect(
    await sql('SELECT species, count(*) FROM train JOIN test USING (species) GROUP BY ALL ORDER BY ALL'),
  ).toEqual([
    ['adelie', 1000],
    ['chinstrap', 1000],
    ['gentoo', 1000],
  ]);
  await expect(sql("SELECT * FROM train, read_text('/proc/self/environ')")).rejects.toThrow(/not available/);
}, 60_000);

const banyan = (...words: string[]) => runBanyan(words, { as: ana.options });

it('is looked at from the command line', async () => {
  const rows = await banyan(
    'dataset',
    'rows',
    dataset,
    '--where',
    'mass > 3297',
    '--order-by',
    'mass desc',
    '--csv',
  );
  expect(rows.stdout).toBe(
    'id,species,mass,note\r\n299,chinstrap,3299,note number 299\r\n298,gentoo,3298,note number 298\r\n',
  );
  expect((await banyan('dataset', 'search', dataset, 'number 299')).stdout).toMatch(
    /299 +chinstrap[\s\S]*1 to 1 of 1/,
  );
  expect((await banyan('dataset', 'stats', dataset, '--split', 'test')).stdout).toMatch(
    /species +label[\s\S]*30 rows/,
  );
  expect((await banyan('sql', dataset, 'SELECT count(*) AS n FROM test', '--csv')).stdout).toBe(
    'n\r\n30\r\n',
  );
  expect((await banyan('sql', dataset, "COPY test TO 'x.csv'")).stderr).toMatch(/Only SELECT/);
}, 60_000);
