import { HubError, type Question } from '@banyan/contract';
import type { Context } from '../context.ts';
import { pathOf } from '../repositories/store.ts';
import { type Conversion, findSplit, readConversion, type Split, type VersionOf } from './conversion.ts';
import { ask } from './queries.ts';

type OfSplit = VersionOf & { config?: string | undefined; split?: string | undefined };
type RowsQuestion = Extract<Question, { ask: 'rows' }>;

/** The tables of a version, and whether they are there yet. */
export async function readSplits(ctx: Context, at: VersionOf) {
  const { access, commit, converted: _, splits, ...rest } = await readConversion(ctx, at);
  return {
    ...rest,
    dataset: pathOf(access.repository),
    commit: commit.id,
    splits: splits.map(({ parts: _parts, ...split }) => split),
  };
}

export async function readRows(ctx: Context, at: OfSplit & Omit<RowsQuestion, 'ask'>) {
  const conversion = await readConversion(ctx, at);
  if (conversion.state !== 'ready') return notReady(conversion);
  return rowsOf(ctx, conversion, findSplit(conversion.splits, at), at);
}

/** A page of a split. Without a filter, a search or an order, a worker needs the files alone in which the page lies. */
export async function rowsOf(
  ctx: Context,
  conversion: Conversion,
  split: Split,
  { offset, length, where, search, orderBy = [] }: Omit<RowsQuestion, 'ask'>,
) {
  const plain = where === undefined && search === undefined && orderBy.length === 0;
  if (plain && (offset >= split.rows || length === 0))
    return { state: 'ready' as const, features: split.features, rows: [], total: split.rows };
  const { parts, start } = plain ? partsOf(split, offset, length) : { parts: split.parts, start: 0 };
  const asked = await ask(ctx, conversion, [{ name: 'data', parts }], {
    ask: 'rows',
    offset: offset - start,
    length,
    where,
    search,
    orderBy,
  });
  if (asked.state === 'pending') return asked;
  const { rows, total } = asked.answer;
  const { features } = split;
  const columns = Object.keys(features);
  return {
    state: 'ready' as const,
    features,
    rows: rows.map(({ index, row, truncatedCells }) => ({
      index: index + start,
      // Kept as jsonb, an answer's columns have lost their order.
      row: Object.fromEntries(columns.map((name) => [name, row[name] ?? null])),
      truncatedCells,
    })),
    total: plain ? split.rows : total,
  };
}

function partsOf({ parts }: Split, offset: number, length: number) {
  const starts = parts.map((_, i) => parts.slice(0, i).reduce((sum, part) => sum + part.rows, 0));
  const touched = parts.flatMap((part, i) => {
    const from = starts[i] ?? 0;
    return from < offset + length && from + part.rows > offset ? [i] : [];
  });
  return { parts: touched.flatMap((i) => parts[i] ?? []), start: starts[touched[0] ?? 0] ?? 0 };
}

export async function readStatistics(ctx: Context, at: OfSplit) {
  const conversion = await readConversion(ctx, at);
  if (conversion.state !== 'ready') return notReady(conversion);
  return statisticsOf(ctx, conversion, findSplit(conversion.splits, at));
}

export async function statisticsOf(ctx: Context, conversion: Conversion, { parts }: Split) {
  const asked = await ask(ctx, conversion, [{ name: 'data', parts }], { ask: 'statistics' });
  if (asked.state === 'pending') return asked;
  const { rows, columns } = asked.answer;
  return { state: 'ready' as const, rows, columns };
}

/** Runs one SELECT over the tables that it names. */
export async function runSql(ctx: Context, at: VersionOf & { sql: string; rows: number }) {
  const conversion = await readConversion(ctx, at);
  if (conversion.state !== 'ready') return notReady(conversion);
  const text = at.sql.toLowerCase();
  const named = conversion.splits.filter(({ table }) => text.includes(table.toLowerCase()));
  // A statement that names none is refused by the worker, in better words than the hub could find without a parser.
  const tables = (named.length > 0 ? named : conversion.splits.slice(0, 1)).map(({ table, parts }) => ({
    name: table,
    parts,
  }));
  const asked = await ask(ctx, conversion, tables, { ask: 'sql', sql: at.sql, rows: at.rows });
  if (asked.state === 'pending') return asked;
  const { columns, rows, truncated, elapsedMs } = asked.answer;
  return { state: 'ready' as const, columns, rows, truncated, elapsedMs };
}

function notReady({ state, job, message }: Conversion) {
  if (state === 'pending' && job !== undefined)
    return { state: 'pending' as const, job, ...(message === undefined ? {} : { message }) };
  throw new HubError('NOT_FOUND', message ?? 'This version has no table to look at.');
}
