import type { DuckDBValue } from '@duckdb/node-api';
import { identifier, literal } from '../sql.ts';
import { toCell } from './cells.ts';
import { dtypeOf, kindOfFeature } from './features.ts';
import { requireCondition } from './guard.ts';
import {
  type Cell,
  type PageOfRows,
  QueryError,
  type QueryLimits,
  type QueryTable,
  type Question,
} from './question.ts';
import { type Sandbox, scan } from './sandbox.ts';
import { createPictures } from './thumbnail.ts';

type RowsQuestion = Extract<Question, { ask: 'rows' }>;

/** Where rows lie: their file, and their place in it. */
interface Place {
  file: number;
  row: number;
}

/**
 * A page of rows. Without search, filter and order it is cut out of the Parquet files by row numbers, whose other row
 * groups are not read; with them, row numbers are found first, by the columns that matter, and the rows are read after.
 */
export async function readRows(
  sandbox: Sandbox,
  table: QueryTable,
  question: RowsQuestion,
  limits: QueryLimits,
): Promise<PageOfRows> {
  const condition = await conditionOf(sandbox, table, question);
  const order = orderOf(table, question);
  const found =
    condition === undefined && order === undefined
      ? { total: totalRows(table), places: placesFrom(table, question.offset, question.length) }
      : await findPlaces(sandbox, table, { condition, order, ...question });
  const values = await readPlaces(sandbox, table, found.places);
  const starts = startsOf(table);
  const rows = found.places.map(({ file, row }, i) => ({
    index: starts[file]! + row,
    values: values[i] ?? [],
  }));
  return {
    ask: 'rows',
    features: table.features,
    rows: fit(table, rows, limits.answerBytes),
    total: found.total,
  };
}

async function conditionOf(
  sandbox: Sandbox,
  table: QueryTable,
  { where, search }: RowsQuestion,
): Promise<string | undefined> {
  const conditions: string[] = [];
  if (where !== undefined) {
    await requireCondition(sandbox.connection, where);
    conditions.push(`(${where}\n)`);
  }
  if (search !== undefined) conditions.push(searchCondition(table, search));
  return conditions.length === 0 ? undefined : conditions.join(' AND ');
}

function searchCondition(table: QueryTable, search: string): string {
  const texts = Object.entries(table.features).filter(([, feature]) => isText(feature));
  if (texts.length === 0)
    throw new QueryError(
      'refused',
      'This table has no column of text to search in. Filter by a condition instead.',
    );
  const wanted = literal(search.toLowerCase());
  return `(${texts.map(([name]) => `contains(lower(${identifier(name)}), ${wanted})`).join(' OR ')})`;
}

const isText = (feature: Cell): boolean =>
  kindOfFeature(feature) === 'Value' && ['string', 'large_string'].includes(dtypeOf(feature) ?? '');

function orderOf(table: QueryTable, { orderBy = [] }: RowsQuestion): string | undefined {
  for (const { column } of orderBy)
    if (!Object.hasOwn(table.features, column))
      throw new QueryError('refused', `There is no column "${column}" to sort by.`);
  if (orderBy.length === 0) return undefined;
  return orderBy
    .map(({ column, descending }) => `${identifier(column)} ${descending ? 'DESC' : 'ASC'} NULLS LAST`)
    .join(', ');
}

const totalRows = ({ files }: QueryTable): number => files.reduce((sum, file) => sum + file.rows, 0);

function startsOf({ files }: QueryTable): number[] {
  let start = 0;
  return files.map(({ rows }) => (start += rows) - rows);
}

function placesFrom(table: QueryTable, offset: number, length: number): Place[] {
  const starts = startsOf(table);
  const end = Math.min(offset + length, totalRows(table));
  const places: Place[] = [];
  for (let index = offset, file = 0; index < end; index++) {
    while (index >= starts[file]! + table.files[file]!.rows) file++;
    places.push({ file, row: index - starts[file]! });
  }
  return places;
}

async function findPlaces(
  sandbox: Sandbox,
  table: QueryTable,
  query: { condition: string | undefined; order: string | undefined; offset: number; length: number },
): Promise<{ total: number; places: Place[] }> {
  const { condition, order, offset, length } = query;
  const from = `${scan(table)} AS data${condition === undefined ? '' : ` WHERE ${condition}`}`;
  const total =
    condition === undefined
      ? totalRows(table)
      : Number((await sandbox.rows(`SELECT count(*) FROM ${from}`))[0]?.[0]);
  // The row's place decides between equals, so that pages fit together.
  const sorted = `${order === undefined ? '' : `${order}, `}file_index, file_row_number`;
  const found = await sandbox.rows(
    `SELECT file_index, file_row_number FROM ${from} ORDER BY ${sorted} LIMIT ${length} OFFSET ${offset}`,
  );
  return { total, places: found.map(([file, row]) => ({ file: Number(file), row: Number(row) })) };
}

/** The rows at places, in their order, columns in the table's. */
async function readPlaces(
  sandbox: Sandbox,
  table: QueryTable,
  places: readonly Place[],
): Promise<DuckDBValue[][]> {
  const columns = Object.keys(table.features).map(identifier);
  const read = new Map<string, DuckDBValue[]>();
  for (const [file, wanted] of Map.groupBy(places, (place) => place.file)) {
    const one = { ...table, files: [table.files[file]!] };
    const numbers = wanted.map(({ row }) => row);
    const [first, last] = [Math.min(...numbers), Math.max(...numbers)];
    const rowsOfFile = await sandbox.rows(
      `SELECT file_row_number, ${columns.join(', ')} FROM ${scan(one)}
       WHERE file_row_number BETWEEN ${first} AND ${last} AND file_row_number IN (${numbers.join(', ')})`,
    );
    for (const [row, ...values] of rowsOfFile) read.set(`${file} ${String(row)}`, values);
  }
  return places.map(({ file, row }) => read.get(`${file} ${row}`) ?? []);
}

/** Rows as JSON of at most so many bytes: cells are cut, ever shorter, until they fit. */
function fit(
  table: QueryTable,
  rows: readonly { index: number; values: DuckDBValue[] }[],
  mostBytes: number,
): PageOfRows['rows'] {
  const names = Object.keys(table.features);
  const images = names.filter((name) => kindOfFeature(table.features[name]) === 'Image').length;
  const show = createPictures(Math.floor((0.8 * mostBytes) / Math.max(1, rows.length * images)));
  // Pictures are made once; only texts and lists grow shorter.
  const shown = new WeakMap<object, ReturnType<typeof show>>();
  const remember = (bytes: Uint8Array) => {
    const known = shown.get(bytes) ?? show(bytes);
    shown.set(bytes, known);
    return known;
  };
  const shapes = names.map((name) => shapeOf(table.features[name]));
  for (let mostCharacters = 10_000; ; mostCharacters = Math.floor(mostCharacters / 4)) {
    const page = rows.map(({ index, values }) => {
      const truncatedCells: string[] = [];
      const cells = names.map((name, i) => {
        const { cell, cut } = toCell(values[i] ?? null, {
          mostCharacters,
          mostItems: Math.max(3, Math.floor(mostCharacters / 10)),
          show: remember,
          shape: shapes[i],
        });
        if (cut) truncatedCells.push(name);
        return [name, cell] as const;
      });
      return { index, row: Object.fromEntries(cells), truncatedCells };
    });
    if (mostCharacters < 20 || Buffer.byteLength(JSON.stringify(page)) <= mostBytes) return page;
  }
}

/** Of a column of raw pixels, as prepared datasets have them. */
function shapeOf(feature: Cell | undefined): number[] | undefined {
  if (feature === null || typeof feature !== 'object' || Array.isArray(feature)) return undefined;
  const { shape } = feature;
  return Array.isArray(shape) ? shape.map(Number) : undefined;
}
