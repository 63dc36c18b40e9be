import type { Random } from '@banyan/engine';
import { BIGINT, DuckDBDataChunk, INTEGER } from '@duckdb/node-api';
import { DataError } from '../error.ts';
import { quantiles } from '../quantiles.ts';
import { scrambled } from '../scramble.ts';
import { dealGroups, type Part, shares, stratify } from '../split.ts';
import { identifier, literal } from '../sql.ts';
import type { Tables } from '../table.ts';
import { own } from './work.ts';

export interface Dealing {
  tables: Tables;
  parts: readonly Part[];
  random: Random;
  /** Of the order in which rows are dealt; 32 bits. */
  seed: number;
}

/** The part of a row of `data` as SQL over its columns and `lets`, and what to clear away once it is written. */
export interface Dealt {
  part: string;
  /** Columns beside those of `data` that are computed once for each row. */
  lets?: Record<string, string>;
  drop: () => Promise<void>;
}

/** Stands for the column of a single stratum. */
export const wholeTable = Symbol('the whole table');

/** Values of a column up to this number are told apart one by one. */
const mostValues = 100_000;

/** The values of a column as codes 0 .. n - 1 in their order, with one more for missing. */
interface Codes {
  sql: string;
  /** Rows of each code. */
  sizes: number[];
  drop: () => Promise<void>;
}

async function codeValues(tables: Tables, by: string | typeof wholeTable): Promise<Codes | undefined> {
  if (by === wholeTable) {
    const [rows] = await tables.row<[number]>('SELECT count(*) FROM data');
    return { sql: '0', sizes: [rows], drop: async () => {} };
  }
  const column = `CAST(${identifier(by)} AS VARCHAR)`;
  const [different] = await tables.row<[number]>(
    `SELECT count(*) FROM (SELECT DISTINCT ${column} AS v FROM data LIMIT ${mostValues + 1})`,
  );
  if (different > mostValues) return undefined;
  await tables.run(
    `CREATE TYPE dealt AS ENUM (SELECT DISTINCT ${column} AS v FROM data WHERE ${column} IS NOT NULL ORDER BY v)`,
  );
  const sql = `coalesce(CAST(enum_code(CAST(${column} AS dealt)) AS INTEGER), ${different})`;
  const sizes = Array.from({ length: different + 1 }, () => 0);
  for (const [code, count] of await tables.rows<[number, number]>(
    `SELECT ${sql}, count(*) FROM data GROUP BY 1`,
  ))
    sizes[code] = count;
  return { sql, sizes, drop: () => tables.run('DROP TYPE dealt') };
}

/** Rows at random within each stratum, in exact proportion. */
export async function partByStratum(
  { tables, parts, seed }: Dealing,
  by: string | typeof wholeTable,
): Promise<Dealt> {
  const codes = await codeValues(tables, by);
  if (!codes)
    throw new DataError(
      'column',
      `"${String(by)}" has more than ${mostValues} different values, too many to keep in proportion; choose another column for split.by, or method: random`,
      { column: String(by) },
    );
  const counts = stratify(codes.sizes, parts);
  const lets = { [stratum]: codes.sql, [place]: scrambled(own.row, seed) };
  const cuts = await findCuts(tables, withLets(lets), codes.sizes, counts);
  const whens = cuts.map((keys, part) =>
    keys.length === 1
      ? `WHEN ${place} < ${keys[0]} THEN ${part}`
      : `WHEN ${place} < ([${keys.join(', ')}]::BIGINT[])[${stratum} + 1] THEN ${part}`,
  );
  return { part: `CASE ${whens.join(' ')} ELSE ${parts.length - 1} END`, lets, drop: codes.drop };
}

const [stratum, place] = ['"banyan.stratum"', '"banyan.place"'];

/** What follows FROM for `data` with columns beside its own. */
export const withLets = (lets: Record<string, string>): string =>
  `(SELECT *${Object.entries(lets)
    .map(([name, sql]) => `, ${sql} AS ${name}`)
    .join('')} FROM data)`;

/**
 * For each part but the last and each stratum, the place in the random order before which its rows lie. Places are counted
 * in bins; only rows in a bin that is cut are put in order.
 * @returns [part][stratum]
 */
async function findCuts(
  tables: Tables,
  from: string,
  sizes: readonly number[],
  counts: readonly (readonly number[])[],
): Promise<number[][]> {
  const bits = Math.min(16, Math.max(1, 18 - Math.ceil(Math.log2(sizes.length))));
  const width = 2 ** (32 - bits);
  const binned = `SELECT CAST(${stratum} AS INTEGER) AS code, ${place} AS place, CAST(${place} >> ${32 - bits} AS INTEGER) AS bin FROM ${from}`;
  const lasts = (counts[0]?.length ?? 1) - 1;
  const cuts = Array.from({ length: lasts }, () => sizes.map(() => 2 ** 32));
  const inside: { code: number; bin: number; offset: number; part: number }[] = [];
  let [code, part, before, wanted] = [-1, 0, 0, 0];
  for await (const chunk of tables.chunks(
    `SELECT code, bin, CAST(count(*) AS INTEGER) FROM (${binned}) GROUP BY ALL ORDER BY ALL`,
  )) {
    for (const [of, bin, members] of chunk.getRows() as [number, number, number][]) {
      if (of !== code) [code, part, before, wanted] = [of, 0, 0, counts[of]![0]!];
      while (part < lasts && wanted < before + members) {
        if (wanted === before) cuts[part]![code] = bin * width;
        else inside.push({ code, bin, offset: wanted - before, part });
        part++;
        wanted += counts[code]![part] ?? 0;
      }
      before += members;
    }
  }
  await tables.run('CREATE TEMP TABLE cuts (code INTEGER, bin INTEGER, nth BIGINT, part INTEGER)');
  await tables.append('cuts', chunksOf(inside));
  const found = await tables.rows<[number, number, number]>(
    `SELECT code, part, CAST(place AS BIGINT) FROM (
       SELECT code, bin, place, row_number() OVER (PARTITION BY code, bin ORDER BY place) AS nth
       FROM (${binned}) SEMI JOIN cuts USING (code, bin)
     ) JOIN cuts USING (code, bin, nth)`,
  );
  for (const [of, which, place] of found) cuts[which]![of] = place;
  await tables.run('DROP TABLE cuts');
  return cuts;
}

function* chunksOf(
  cuts: readonly { code: number; bin: number; offset: number; part: number }[],
): Generator<DuckDBDataChunk> {
  for (let i = 0; i < cuts.length; i += 2048) {
    const some = cuts.slice(i, i + 2048);
    const chunk = DuckDBDataChunk.create([INTEGER, INTEGER, BIGINT, INTEGER], some.length);
    chunk.setRows(some.map(({ code, bin, offset, part }) => [code, bin, BigInt(offset + 1), part]));
    yield chunk;
  }
}

/** Whole groups: dealt one by one if they can be counted in memory, otherwise by their hash, the largest apart. */
export async function partByGroup(dealing: Dealing, by: string): Promise<Dealt> {
  const { tables, parts, random } = dealing;
  const codes = await codeValues(tables, by);
  if (!codes) return partByHash(dealing, by);
  // The last code is for missing values, of which there may be none.
  const used = codes.sizes.at(-1) === 0 ? codes.sizes.slice(0, -1) : codes.sizes;
  const dealt = dealGroups(used, parts, random);
  return { part: `([${dealt.join(', ')}]::INTEGER[])[${codes.sql} + 1]`, drop: codes.drop };
}

async function partByHash({ tables, parts, random, seed }: Dealing, by: string): Promise<Dealt> {
  const column = `CAST(${identifier(by)} AS VARCHAR)`;
  const [rows] = await tables.row<[number]>('SELECT count(*) FROM data');
  const smallest = Math.min(...parts.flatMap(({ fraction }) => (fraction > 0 ? [fraction] : [])));
  const large = await tables.rows<[string | null, number]>(
    `SELECT ${column}, count(*) FROM data GROUP BY 1 HAVING count(*) > ${(rows * smallest) / 10} ORDER BY 1`,
  );
  const dealt = dealGroups(
    large.map(([, size]) => size),
    parts,
    random,
  );
  const taken = parts.map(() => 0);
  for (const [i, [, size]] of large.entries()) taken[dealt[i]!]! += size;
  const others = rows - taken.reduce((sum, count) => sum + count, 0);
  const left = parts.map(({ fraction }, part) => Math.max(0, fraction * rows - taken[part]!));
  const all = left.reduce((sum, count) => sum + count, 0) || 1;
  const counts = shares(
    others,
    parts.map((part, i) => ({ ...part, fraction: left[i]! / all })),
  );
  // DuckDB's hash is the same on every machine for the version that is pinned.
  const key = `CAST(hash(coalesce(${column}, ''), ${seed}) >> 32 AS BIGINT)`;
  const isLarge = large.map(
    ([value]) => `${column} IS NOT DISTINCT FROM ${value === null ? 'NULL' : literal(value)}`,
  );
  const rest = isLarge.length > 0 ? `data WHERE NOT (${isLarge.join(' OR ')})` : 'data';
  let before = 0;
  const ends = counts.slice(0, -1).map((count) => (before += count) / others);
  const found = await quantiles(tables, key, rest, ends);
  // Below the largest hash lie all but its own group.
  const cuts = ends.map((end, i) => (end >= 1 ? 2 ** 32 : (found?.[i] ?? 2 ** 32)));
  const whens = [
    ...isLarge.map((is, i) => `WHEN ${is} THEN ${dealt[i]}`),
    ...cuts.map((cut, part) => `WHEN ${key} < ${Math.ceil(cut)} THEN ${part}`),
  ];
  return { part: `CASE ${whens.join(' ')} ELSE ${parts.length - 1} END`, drop: async () => {} };
}

/** The earliest rows first. Rows of one time stay together, so that no split sees its own present. */
export async function partByTime({ tables, parts }: Dealing, by: string | undefined): Promise<Dealt> {
  const time = by === undefined ? own.row : identifier(by);
  const [rows] = await tables.row<[number]>('SELECT count(*) FROM data');
  const counts = shares(rows, parts);
  const whens: string[] = [];
  let end = 0;
  for (const [part, count] of counts.slice(0, -1).entries()) {
    end += count;
    if (end === 0) continue;
    const [last] = await tables.row<[string]>(
      `SELECT CAST(t AS VARCHAR) FROM (SELECT ${time} AS t FROM data ORDER BY t LIMIT 1 OFFSET ${end - 1})`,
    );
    const type = by === undefined ? 'BIGINT' : await typeOf(tables, by);
    whens.push(`WHEN ${time} <= CAST(${literal(last)} AS ${type}) THEN ${part}`);
  }
  const otherwise = parts.length - 1;
  return {
    part: whens.length > 0 ? `CASE ${whens.join(' ')} ELSE ${otherwise} END` : String(otherwise),
    drop: async () => {},
  };
}

async function typeOf(tables: Tables, column: string): Promise<string> {
  const described = await tables.rows(`DESCRIBE SELECT ${identifier(column)} FROM data`);
  return String(described[0]?.[1]);
}
