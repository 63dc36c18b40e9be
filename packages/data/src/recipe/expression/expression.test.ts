import { tmpdir } from 'node:os';
import * as engine from '@banyan/engine';
import { type Expression, numberPattern, openSession, tensorData, words } from '@banyan/engine';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { literal } from '../../sql.ts';
import { openTables } from '../../table.ts';
import { asNumber, expressionSql, numberSql } from './expression-sql.ts';
import { parseExpression } from './parse-expression.ts';

/** BANYAN_PROOF_RUNS=2000 for a proof that takes its time. */
const runs = Number(process.env.BANYAN_PROOF_RUNS ?? 60);

const inputs = { a: 'number', b: 'number', s: 'string', t: 'string' } as const;
type Row = { a: number | null; b: number | null; s: string; t: string };

const tables = await openTables({ inputs: [], folders: [], scratch: `${tmpdir()}/none` });

const number = (value: number | null) => (value === null ? 'NULL' : numberSql(value));
const text = (value: string) => (value === '' ? 'NULL' : literal(value));

/** Each row's value by DuckDB: numbers, texts, null for what is missing. */
async function bySql(expression: Expression, rows: readonly Row[]): Promise<unknown[]> {
  const values = rows.map(({ a, b, s, t }) => `(${number(a)}, ${number(b)}, ${text(s)}, ${text(t)})`);
  const found = await tables.rows(
    `SELECT ${expressionSql(expression, 'served')} FROM (VALUES ${values.join(', ')}) rows(a, b, s, t)`,
  );
  return found.map(([value]) => value);
}

/** The same from the graph. */
async function byGraph(expression: Expression, rows: readonly Row[]): Promise<unknown[]> {
  const graph = engine.createGraph();
  const columns = engine.columnsOf(expression);
  const fed = columns.map(({ name, input }) =>
    graph.input(name, input === 'number' ? 'float32' : 'string', ['N', 1]),
  );
  const around = new Map(columns.map(({ name }, i) => [name, engine.entering(fed[i]!)]));
  const y = engine.emitExpression(expression, { graph, columns: around });
  const session = await openSession(engine.toOnnx(graph, { inputs: fed, outputs: { y } }), { threads: 1 });
  const feeds = columns.map(({ name, input }) => [
    name,
    input === 'number'
      ? tensorData(
          'float32',
          [rows.length, 1],
          rows.map((row) => (row[name as 'a'] === null ? Number.NaN : Number(row[name as 'a']))),
        )
      : tensorData(
          'string',
          [rows.length, 1],
          rows.map((row) => row[name as 's']),
        ),
  ]);
  const { y: found } = await session.run(Object.fromEntries(feeds));
  await session.close();
  const cells = Array.from(found!.data as ArrayLike<unknown>, (cell) =>
    cell === '' || Number.isNaN(cell) ? null : cell,
  );
  return cells.length === rows.length ? cells : rows.map(() => cells[0]);
}

async function expectAlike(expression: Expression, rows: readonly Row[]): Promise<void> {
  if (engine.columnsOf(expression).length === 0) return;
  const whole = asNumber(expression);
  const [sql, graph] = [await bySql(whole, rows), await byGraph(whole, rows)];
  for (const [i, value] of sql.entries()) {
    const other = graph[i];
    const where = () => `row ${JSON.stringify(rows[i])}: ${String(value)} and ${String(other)}`;
    if (typeof value !== 'number' || typeof other !== 'number') {
      // DuckDB says in words what JSON has no number for.
      expect(String(other), where()).toBe(
        String(value)
          .replace(/^inf$/, 'Infinity')
          .replace(/^-inf$/, '-Infinity'),
      );
    } else expect(Math.abs(value - other), where()).toBeLessThanOrEqual(1e-9 * Math.max(1, Math.abs(value)));
  }
}

const texts = fc.oneof(
  fc.constantFrom(
    '',
    'a',
    'b',
    'Größe',
    "it's",
    '12',
    '-3.5e2',
    ' 4',
    '5 km',
    '3.25m',
    '2012-02-29',
    '1.3.1999',
  ),
  fc.string({ maxLength: 8 }).filter((text) => !text.includes('\0')),
);
const numbers = fc.oneof(
  fc.constantFrom(null, 0, -0, 1, -1, 0.5, 1e30, -1e30, 1e-30, 3.4e38, 1e300, 16_777_217),
  fc.double({ noNaN: true, min: -1000, max: 1000 }),
  fc.integer({ min: -50_000, max: 50_000 }),
);
const rowsOf = fc.array(fc.record({ a: numbers, b: numbers, s: texts, t: texts }), {
  minLength: 1,
  maxLength: 12,
});

const column = (name: keyof typeof inputs): Expression => ({ op: 'column', name, input: inputs[name] });
const literalNumber = fc
  .oneof(fc.integer({ min: -9, max: 9 }), fc.double({ noNaN: true, min: -5, max: 5 }))
  // The runtime takes what is subnormal for 0.
  .filter((value) => value === 0 || Math.abs(value) > 1e-300)
  .map((value): Expression => ({ op: 'number', value }));

const { number: anyNumber, truth: anyTruth } = fc.letrec<{
  number: Expression;
  text: Expression;
  truth: Expression;
}>((tie) => ({
  number: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    fc.constantFrom(column('a'), column('b')),
    literalNumber,
    fc
      .tuple(fc.constantFrom('+', '-', '*', '/', '%', 'least', 'greatest'), tie('number'), tie('number'))
      .map(([op, left, right]): Expression => settled({ op, left, right })),
    fc
      .tuple(
        fc.constantFrom('negative', 'abs', 'log', 'exp', 'sqrt', 'floor', 'ceil', 'round'),
        tie('number'),
      )
      .map(([op, of]): Expression => ({ op, of })),
    fc.tuple(tie('truth'), tie('number'), tie('number')).map(([c, x, y]) => words.when(c, x, y)),
    fc.tuple(tie('number'), tie('number')).map(([x, y]) => words.filled(x, y)),
    fc
      .tuple(tie('number'), fc.uniqueArray(fc.integer({ min: -99, max: 99 }), { maxLength: 9 }))
      .map(([of, edges]): Expression => ({ op: 'reached', of, edges: edges.sort((x, y) => x - y) })),
    tie('text').map((of): Expression => ({ op: 'place', of, keys: ['b', 'a', 'Größe', '12'] })),
    tie('text').map((x) =>
      words.naming('w', x, (w) => {
        const fits = words.matchesPattern(w, numberPattern);
        return words.when(fits, { op: 'read-number', of: words.when(fits, w, '0') }, words.nothing);
      }),
    ),
  ),
  text: fc.oneof(
    { maxDepth: 2 },
    fc.constantFrom(column('s'), column('t')),
    fc.constantFrom('a', 'x y', 'Größe').map((value): Expression => ({ op: 'text', value })),
    fc
      .tuple(tie('text'), tie('text'))
      .map(([left, right]): Expression => ({ op: 'join-texts', left, right })),
    fc.tuple(tie('truth'), tie('text'), tie('text')).map(([c, x, y]) => words.when(c, x, y)),
    fc.tuple(tie('text'), tie('text')).map(([x, y]) => words.filled(x, y)),
  ),
  truth: fc.oneof(
    { maxDepth: 2 },
    fc
      .tuple(fc.constantFrom('<', '<=', '>', '>=', '=', '<>'), tie('number'), tie('number'))
      .map(([op, left, right]): Expression => ({ op, left, right })),
    fc.tuple(tie('text'), tie('text')).map(([x, y]) => words.sameText(x, y)),
    fc.oneof(tie('number'), tie('text')).map((x) => words.isMissing(x)),
    tie('truth').map((of): Expression => ({ op: 'not', of })),
    fc.tuple(tie('truth'), tie('truth')).map(([x, y]) => words.both(x, y)),
  ),
}));

const settled = (of: Expression): Expression => ({ op: 'settled', of });

test('any expression is the same in a table and in a graph, for any rows', async () => {
  await fc.assert(
    fc.asyncProperty(fc.oneof(anyNumber, anyTruth), rowsOf, (expression, rows) =>
      expectAlike(expression, rows),
    ),
    { numRuns: runs },
  );
}, 120_000);

const steps: engine.ColumnStep[] = [
  { op: 'impute', value: 3 },
  { op: 'clip', low: -10, high: 10 },
  { op: 'affine', scale: 0.25, shift: -3 },
  { op: 'log1p' },
  { op: 'log' },
  { op: 'power', lambda: 0.37 },
  { op: 'power', lambda: 0 },
  { op: 'power', lambda: 2 },
  { op: 'interpolate', xs: [-100, -1, 0, 3.5, 900], ys: [-5, -1, -1, 2, 2.5] },
  { op: 'interpolate', xs: [4], ys: [0.5] },
  { op: 'bin', edges: [-5, 0, 12.5] },
  { op: 'is-missing' },
];
const textSteps: engine.ColumnStep[] = [
  { op: 'impute', value: 'a' },
  { op: 'ordinal', categories: ['a', 'b'] },
  { op: 'score', categories: ['a', 'Größe'], values: [1.5, -2], otherwise: 0.25 },
  { op: 'rename-values', from: ['a', '12'], to: ['z', 'q'] },
  { op: 'letters', letters: 'lower' },
  { op: 'number' },
  { op: 'truth', yes: ['a'], no: ['b', '12'] },
  { op: 'date', formats: [...engine.isoFormats, '%d.%m.%Y', '%B %d/%Y'] },
  { op: 'quantity', units: ['', 'km', 'm', 'µm'], factors: [1, 1000, 1, 1e-6] },
  { op: 'is-missing' },
];
test.each([...steps.map((step) => ['a', step] as const), ...textSteps.map((step) => ['s', step] as const)])(
  '%s, step %o: the table and the graph agree for any rows',
  async (name, step) => {
    const value = engine.valueOf({
      name,
      input: inputs[name],
      steps: [step],
    });
    await fc.assert(
      fc.asyncProperty(rowsOf, (rows) => expectAlike(value, rows)),
      { numRuns: runs / 5 },
    );
  },
);

test('dates of all kinds are the days that JavaScript counts', async () => {
  const anyDay = fc.date({ min: new Date('0001-01-01'), max: new Date('9999-12-31'), noInvalidDate: true });
  const days = engine.valueOf({
    name: 's',
    input: 'string',
    steps: [{ op: 'date', formats: engine.isoFormats }],
  });
  const parts = (Object.keys(engine.dateParts) as engine.DatePart[]).map(
    (part): Expression => ({ op: 'date-part', of: days, part }),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(anyDay, { minLength: 1, maxLength: 8 }), async (moments) => {
      const rows = moments.map((moment) => ({ a: 0, b: 0, s: moment.toISOString(), t: '' }));
      const found = await bySql(days, rows);
      for (const [i, moment] of moments.entries()) {
        expect(Number(found[i]) * 86_400_000).toBeCloseTo(moment.getTime(), -1);
      }
      const [month, day, , weekday, hour] = await Promise.all(parts.map((part) => bySql(part, rows)));
      for (const [i, moment] of moments.entries()) {
        expect(month![i]).toBe(moment.getUTCMonth());
        expect(day![i]).toBe(moment.getUTCDate() - 1);
        expect(weekday![i]).toBe((moment.getUTCDay() + 6) % 7);
        // Less than a millisecond, more than what a day in double precision leaves open in the year 9999.
        expect(Math.floor(Number(hour![i]) + 1e-7)).toBe(moment.getUTCHours());
      }
      for (const part of parts) await expectAlike(part, rows);
    }),
    { numRuns: runs / 20 },
  );
  const wrong = ['2011-02-29', '2012-13-01', '1900-02-29', '2012-1', 'soon', ''];
  const rows = wrong.map((s) => ({ a: 0, b: 0, s, t: '' }));
  expect(await bySql(days, rows)).toEqual(wrong.map(() => null));
  await expectAlike(days, rows);
}, 120_000);

const parse = (text: string): Expression =>
  parseExpression(text, (name) => {
    if (Object.hasOwn(inputs, name)) return column(name as 'a');
    throw new Error(`no column ${name}`);
  });

test.each([
  ['a + b * 2 ^ 2 - -a', [5, 1], 5 + 4 + 5],
  ['(a + b) / 0', [5, 1], null],
  ["case when a > 3 and s = 'x' then 1 when a is missing then 2 else 3 end", [5, 1], 1],
  ["if(s in ('y', 'x'), max(a, b), 0)", [5, 9], 9],
  ['coalesce(a, b, 7)', [null, null], 7],
  ['round(2.5) + floor(-0.5) + a % 3', [8, 0], 2 - 1 + 2],
  ["starts_with(lower(s || t), 'xü') = TRUE", [0, 0], undefined],
  ["upper(s) || '-' || t", [0, 0], 'X-ü'],
  ["contains(t, 'ü') and not ends_with(s, 'y')", [0, 0], true],
  ['log(exp(a)) - sqrt(b) + abs(-1)', [2, 4], 1],
  ['a <> b', [null, 1], false],
])('%s', async (text, [a, b], expected) => {
  if (expected === undefined) return expect(() => parse(text)).toThrow('needs a number here, not a truth');
  const rows = [{ a: a!, b: b!, s: 'x', t: 'ü' }];
  expect(await bySql(parse(text), rows)).toEqual([expected]);
  await expectAlike(parse(text), rows);
});

test.each([
  ['a +', 'needs a value, not its end'],
  ['a b', 'goes on with "b", where it should end'],
  ["a + 's'", 'needs a number here, not a text'],
  ['length(s)', 'no served model can compute'],
  ['sqr(a)', 'did you mean sqrt()?'],
  ['abs(a, b)', 'gives abs() 2 values; it takes 1'],
  ['a; drop table data', 'cannot be read at "; drop table data"'],
  ["'open", 'cannot be read'],
  ['missing', 'gives nothing'],
  ['case end', 'has a CASE without WHEN'],
  ['('.repeat(100), 'nested more than 60 deep'],
  ["s < 't'", 'compares texts by = and <> only'],
  ['1e999', 'beyond all bounds'],
])('%s is refused with a reason', (text, message) => {
  expect(() => parse(text)).toThrow(message);
});
