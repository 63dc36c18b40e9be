import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { DuckDBInstance } from '@duckdb/node-api';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { answerQuestion } from './answer.ts';
import {
  type PageOfRows,
  QueryError,
  type QueryTable,
  type Question,
  type SqlResult,
  type Statistics,
} from './question.ts';
import { openSandbox } from './sandbox.ts';

const limits = { memoryMb: 256, timeMs: 3000, answerBytes: 1 << 20 };
let home: string;
let table: QueryTable;

const value = (dtype: string) => ({ dtype, _type: 'Value' });

beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'banyan-query-'));
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  const files = [];
  for (const [start, end] of [
    [0, 700],
    [700, 1000],
  ]) {
    const path = join(home, `${start}.parquet`);
    await connection.run(
      `COPY (SELECT i AS id, CASE WHEN i % 10 = 0 THEN NULL ELSE sqrt(i) END AS size, ['ant', 'bee', 'Cat'][i % 3 + 1] AS kind,
         md5(i::VARCHAR) AS note, i % 2 = 0 AS even, DATE '2020-01-01' + i::INTEGER AS day, [i, i + 1] AS pair,
         'a'::BLOB AS raw, 9007199254740993 + i AS large FROM range(${start}, ${end}) t(i))
       TO '${path}' (FORMAT parquet, ROW_GROUP_SIZE 2048)`,
    );
    files.push({ path, rows: (end ?? 0) - (start ?? 0) });
  }
  connection.closeSync();
  instance.closeSync();
  const features = {
    id: value('int64'),
    size: value('float64'),
    kind: value('string'),
    note: value('string'),
    even: value('bool'),
    day: value('date32'),
    pair: { feature: value('int64'), _type: 'List' },
    raw: value('binary'),
    large: value('int64'),
  };
  table = { name: 'train', files, features };
});
afterAll(() => rm(home, { recursive: true, force: true }));

const ask = (question: Question, some: Partial<typeof limits> = {}) =>
  answerQuestion([table], question, { ...limits, ...some }, home);
const rows = async (some: Partial<Extract<Question, { ask: 'rows' }>>) =>
  (await ask({ ask: 'rows', offset: 0, length: 10, ...some })) as PageOfRows;
const sql = async (text: string, most = 100, some: Partial<typeof limits> = {}) =>
  (await ask({ ask: 'sql', sql: text, rows: most }, some)) as SqlResult;
const failure = async (going: Promise<unknown>): Promise<QueryError> => {
  const error: unknown = await going.catch((thrown: unknown) => thrown);
  if (!(error instanceof QueryError)) throw new Error(`expected a QueryError, got ${JSON.stringify(error)}`);
  expect(error.message, 'no path of the machine').not.toContain(home);
  return error;
};

describe('rows', () => {
  it('pages across files, and JSON keeps what each value is', async () => {
    const page = await rows({ offset: 698, length: 4 });
    expect(page.total).toBe(1000);
    expect(page.rows.map(({ index, row }) => [index, row['id']])).toEqual([
      [698, 698],
      [699, 699],
      [700, 700],
      [701, 701],
    ]);
    expect(page.rows[2]?.row).toMatchObject({
      size: null,
      even: true,
      day: '2021-12-01',
      pair: [700, 701],
      raw: { type: 'blob', size: 1, preview: '61' },
      large: '9007199254741693',
    });
    expect((await rows({ offset: 5000 })).rows).toEqual([]);
  });

  it('filters, searches without regard to case, sorts with missing values last, and counts matches', async () => {
    const found = await rows({ where: "id > 500 and kind = 'bee'", search: 'BEE', length: 2 });
    expect(found.total).toBe(166);
    expect(found.rows.map(({ index }) => index)).toEqual([502, 505]);
    const sorted = await rows({ orderBy: [{ column: 'size', descending: true }], length: 2 });
    expect(sorted.rows.map(({ index }) => index)).toEqual([999, 998]);
    const last = await rows({ orderBy: [{ column: 'size', descending: false }], offset: 995 });
    expect(last.rows.map(({ row }) => row['size'])).toEqual([null, null, null, null, null]);
  });

  it('cuts long texts until the page fits, and says where', async () => {
    const page = (await ask({ ask: 'rows', offset: 0, length: 100 }, { answerBytes: 22_000 })) as PageOfRows;
    expect(Buffer.byteLength(JSON.stringify(page.rows))).toBeLessThan(30_000);
    expect(page.rows[0]?.truncatedCells).toContain('note');
  });

  it.each([
    ['a second statement', 'id > 1); DROP VIEW train; SELECT (1'],
    ['a union', 'id > 1) UNION ALL SELECT * FROM data WHERE (true'],
    ['an order beside', 'true) ORDER BY (id'],
    ['a file', "id IN (SELECT 1 FROM read_text('/etc/passwd'))"],
    ['a comment', 'true) --'],
  ])('refuses a filter that is %s', async (_what, where) => {
    expect((await failure(rows({ where }))).code).toMatch(/refused|sql/);
  });

  it('says what is wrong with a filter in the words of DuckDB', async () => {
    expect((await failure(rows({ where: 'ID2 > 1' }))).message).toMatch(/ID2/);
    expect((await failure(rows({ where: 'id >' }))).message).toMatch(/syntax error/i);
    expect((await failure(rows({ orderBy: [{ column: 'no', descending: false }] }))).message).toMatch(/"no"/);
  });
});

it('tells the statistics of every kind of column', async () => {
  const { rows: count, columns } = (await ask({ ask: 'statistics' })) as Statistics;
  expect(count).toBe(1000);
  const byName = Object.fromEntries(columns.map((column) => [column.name, column]));
  expect(byName['size']).toMatchObject({ type: 'number', missing: 100, distinct: 900 });
  expect(byName['id']?.numbers).toMatchObject({ min: 0, max: 999, mean: 499.5, median: 499.5 });
  expect(byName['id']?.numbers?.histogram.counts).toEqual(Array.from({ length: 10 }, () => 100));
  expect(byName['kind']).toMatchObject({ type: 'label', top: [{ value: 'ant', count: 334 }, {}, {}] });
  expect(byName['note']).toMatchObject({ type: 'text', numbers: { min: 32, max: 32 } });
  expect(byName['even']).toMatchObject({ type: 'boolean', top: [{ value: 'false', count: 500 }, {}] });
  expect(byName['day']).toMatchObject({ type: 'date', span: { min: '2020-01-01' } });
  expect(byName['pair']).toMatchObject({ type: 'list', numbers: { mean: 2 } });
});

describe('SQL', () => {
  it('answers a SELECT, with expressions, joins, windows and common tables', async () => {
    const answer = await sql(
      `WITH big AS (SELECT * FROM train WHERE id >= 998) SELECT a.id, count(*) OVER () AS n, 1.5 AS half
       FROM big a JOIN train USING (id) ORDER BY a.id`,
    );
    expect(answer).toMatchObject({
      columns: [{ name: 'id' }, { name: 'n' }, { name: 'half' }],
      rows: [
        [998, 2, 1.5],
        [999, 2, 1.5],
      ],
      truncated: false,
    });
    expect((await sql('DESCRIBE train')).rows.length).toBe(9);
    expect((await sql('SUMMARIZE train')).rows.length).toBe(9);
    expect((await sql('FROM range(3)')).rows).toEqual([[0], [1], [2]]);
  });

  it('stops at the row limit, and at the size of an answer', async () => {
    expect(await sql('FROM train', 7)).toMatchObject({ rows: { length: 7 }, truncated: true });
    const large = await sql("SELECT repeat('x', 5000) FROM train", 10_000, { answerBytes: 50_000 });
    expect(large.rows.length).toBe(9);
    expect(large.truncated).toBe(true);
  });

  it.each([
    "SELECT * FROM read_csv('/etc/passwd')",
    "SELECT * FROM read_text('/etc/passwd')",
    "SELECT * FROM read_blob('/proc/self/environ')",
    "SELECT * FROM '/etc/passwd'",
    'SELECT * FROM "data.csv"',
    "SELECT * FROM 'https://example.org/x.parquet'",
    "SELECT * FROM read_parquet('s3://bucket/x.parquet')",
    "SELECT * FROM parquet_metadata('x.parquet')",
    "SELECT * FROM glob('/*')",
    'SELECT * FROM duckdb_settings()',
    'SELECT * FROM duckdb_views()',
    'SELECT * FROM information_schema.tables',
    'SELECT * FROM pg_catalog.pg_tables',
    'SELECT * FROM sqlite_master',
    "SELECT * FROM query('SELECT 1')",
    "SELECT * FROM query_table('train')",
    "SELECT * FROM json_execute_serialized_sql('{}')",
    "SELECT getenv('HOME')",
    "SELECT current_setting('temp_directory')",
    'SELECT pg_get_viewdef(range) FROM range(10000)',
    "SELECT (SELECT max(content) FROM read_text('/etc/passwd'))",
    "WITH x AS (FROM read_csv('/etc/passwd')) SELECT * FROM x",
    'WITH duckdb_views AS (SELECT * FROM duckdb_views) SELECT * FROM duckdb_views',
    'SELECT * FROM (WITH pg_views AS (SELECT 1) SELECT 1), pg_views',
    'WITH RECURSIVE pg_views AS (SELECT 1 AS x FROM pg_views UNION ALL SELECT x FROM pg_views) FROM pg_views',
    'SHOW TABLES',
    'SHOW ALL TABLES',
    "COPY train TO '/tmp/banyan-out.csv'",
    "COPY (SELECT 1) TO '/tmp/banyan-out.csv'",
    "ATTACH '/tmp/banyan.db'",
    'INSTALL httpfs',
    'LOAD httpfs',
    'PRAGMA database_list',
    "SET memory_limit = '64GB'",
    'RESET lock_configuration',
    "EXPORT DATABASE '/tmp/banyan-export'",
    'CREATE TABLE t AS SELECT 1',
    'DROP VIEW train',
    'INSERT INTO train VALUES (1)',
    'CALL pragma_version()',
    'PREPARE p AS SELECT 1',
    'EXPLAIN ANALYZE SELECT 1',
    'SELECT 1; SELECT 2',
    "SELECT 1; COPY train TO '/tmp/banyan-out.csv'",
  ])('refuses %s', async (text) => {
    expect((await failure(sql(text))).code).toBe('refused');
  });

  it.each([
    ['parentheses', `SELECT ${'('.repeat(9000)}1${')'.repeat(9000)}`],
    ['lists', `SELECT ${'['.repeat(5000)}1${']'.repeat(5000)}`],
    ['subqueries', `SELECT ${'(SELECT '.repeat(2000)}1${')'.repeat(2000)}`],
    ['sums', `SELECT 1${'+1'.repeat(9000)}`],
  ])('survives nested %s', async (_what, text) => {
    const outcome = await sql(text).catch((error: unknown) => error);
    if (outcome instanceof Error) expect(outcome).toBeInstanceOf(QueryError);
    else expect(outcome).toMatchObject({ rows: [[1]] });
  });

  it.each([
    [
      'a product of tables',
      'SELECT count(*) FROM train a, train b, train c, train d WHERE a.id + b.id + c.id + d.id = 7',
    ],
    [
      'an endless recursion',
      'WITH RECURSIVE t AS (SELECT 1 AS x UNION ALL SELECT x + 1 FROM t) SELECT max(x) FROM t',
    ],
    ['a count of all numbers', 'SELECT sum(range % 7) FROM range(1000000000000)'],
  ])('ends %s in time', async (_what, text) => {
    expect((await failure(sql(text, 100, { timeMs: 500 }))).code).toBe('time');
  });

  it('ends what begins when the time is already up', async () => {
    const sandbox = await openSandbox([table], { ...limits, timeMs: 300 }, home);
    try {
      await sleep(600);
      const going = sandbox.rows('SELECT sum(range % 7) FROM range(1000000000000)');
      expect((await failure(going)).code).toBe('time');
    } finally {
      sandbox.close();
    }
  });

  it.each([
    ['a list of everything', 'SELECT list(a.id) FROM train a, train b, range(1000)'],
    [
      'a text that doubles',
      "WITH RECURSIVE t AS (SELECT 'a' AS x UNION ALL SELECT x || x FROM t) SELECT max(length(x)) FROM t",
    ],
  ])('ends %s when memory is used up', async (_what, text) => {
    expect((await failure(sql(text, 100, { timeMs: 20_000 }))).code).toBe('memory');
  });

  it('tells errors in the words of DuckDB, without a path', async () => {
    expect(await failure(sql('SELECT nothing FROM train'))).toMatchObject({ code: 'sql' });
    expect((await failure(sql('SELECT nothing FROM train'))).message).toMatch(/nothing/);
    expect((await failure(sql('SELECT CAST(note AS INTEGER) FROM train'))).message).toMatch(/convert/i);
    expect((await failure(sql("SELECT error('boom')"))).message).toMatch(/boom/);
    expect((await failure(sql('SELEC 1'))).message).toMatch(/syntax error/);
  });
});
