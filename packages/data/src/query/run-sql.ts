import { toCell } from './cells.ts';
import { dtypeOf, featureOf, kindOfFeature } from './features.ts';
import { requireSelect } from './guard.ts';
import type { Cell, QueryLimits, QueryTable, Question, SqlResult } from './question.ts';
import type { Sandbox } from './sandbox.ts';
import { createPictures } from './thumbnail.ts';

/** Of one cell of an answer. */
const mostCharacters = 10_000;

/** Runs one SELECT over the tables and reads its rows until there are enough, or no more bytes fit. */
export async function runSql(
  sandbox: Sandbox,
  tables: readonly QueryTable[],
  { sql, rows: mostRows }: Extract<Question, { ask: 'sql' }>,
  { answerBytes }: QueryLimits,
): Promise<SqlResult> {
  await requireSelect(sandbox.connection, sql, new Set(tables.map(({ name }) => name)));
  const startedAt = performance.now();
  const show = createPictures(16_384);
  const rows: Cell[][] = [];
  let bytes = 0;
  const { names, types, more } = await sandbox.read(sql, mostRows, (values) => {
    const cells = values.map((value) => toCell(value, { mostCharacters, mostItems: 1000, show }).cell);
    bytes += Buffer.byteLength(JSON.stringify(cells)) + 1;
    if (bytes > answerBytes) return false;
    rows.push(cells);
    return true;
  });
  return {
    ask: 'sql',
    columns: names.map((name, i) => ({ name, type: typeName(featureOf(types[i]!)) })),
    rows,
    truncated: more,
    elapsedMs: Math.round(performance.now() - startedAt),
  };
}

const typeName = (feature: Cell): string =>
  dtypeOf(feature) ?? kindOfFeature(feature)?.toLowerCase() ?? 'struct';
