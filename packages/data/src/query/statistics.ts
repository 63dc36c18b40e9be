import { DuckDBBlobValue, DuckDBListValue, type DuckDBValue } from '@duckdb/node-api';
import { readImageHeader } from '../images/header.ts';
import { identifier } from '../sql.ts';
import { dtypeOf, kindOfFeature } from './features.ts';
import type { Cell, ColumnStatistics, QueryTable, Statistics } from './question.ts';
import { type Sandbox, scan } from './sandbox.ts';

const bins = 10;
const topValues = 30;
/** Texts of at most so many values are labels: their frequencies say more than their lengths. */
const mostLabels = 30;
const mostColumns = 300;
/** Images are looked at for their sizes. */
const sampledImages = 200;
/** From here on distinct values and quantiles are estimated, in one pass and little memory. */
const manyRows = 2_000_000;

/** What is in each column of a table; the first 300 columns of a wider one. */
export async function readStatistics(sandbox: Sandbox, table: QueryTable): Promise<Statistics> {
  const rows = table.files.reduce((sum, file) => sum + file.rows, 0);
  const columns: ColumnStatistics[] = [];
  for (const [name, feature] of Object.entries(table.features).slice(0, mostColumns))
    columns.push(await column(sandbox, table, rows, name, feature));
  return { ask: 'statistics', rows, columns };
}

async function column(
  sandbox: Sandbox,
  table: QueryTable,
  rows: number,
  name: string,
  feature: Cell,
): Promise<ColumnStatistics> {
  const from = `(SELECT ${identifier(name)} AS v FROM ${scan(table)})`;
  const kind = kindOf(feature);
  const many = rows > manyRows;
  if (kind === 'image') return images(sandbox, from, name);
  const countable = kind !== 'other' && kind !== 'list';
  const distinctSql = !countable ? 'NULL' : many ? 'approx_count_distinct(v)' : 'count(DISTINCT v)';
  const [found = []] = await sandbox.rows(`SELECT count(v), ${distinctSql} FROM ${from}`);
  const present = Number(found[0]);
  const distinct = found[1] === null ? undefined : Number(found[1]);
  const base = { name, missing: rows - present, ...(distinct === undefined ? {} : { distinct }) };
  if (present === 0) return { ...base, type: kind };
  switch (kind) {
    case 'label':
    case 'boolean':
      return { ...base, type: kind, top: await mostFrequent(sandbox, from, namesOf(feature)) };
    case 'integer':
    case 'number':
      return { ...base, type: kind, ...(await numbers(sandbox, from, 'CAST(v AS DOUBLE)', many)) };
    case 'date': {
      const [span = []] = await sandbox.rows(
        `SELECT CAST(min(v) AS VARCHAR), CAST(max(v) AS VARCHAR) FROM ${from}`,
      );
      return { ...base, type: kind, span: { min: String(span[0]), max: String(span[1]) } };
    }
    case 'text': {
      const isLabel = distinct !== undefined && distinct <= mostLabels && distinct < Math.max(2, present);
      if (isLabel) return { ...base, type: 'label', top: await mostFrequent(sandbox, from) };
      return { ...base, type: 'text', ...(await numbers(sandbox, from, 'length(v)', many)) };
    }
    case 'list':
      return { ...base, type: 'list', ...(await numbers(sandbox, from, 'len(v)', many)) };
    default:
      return { ...base, type: 'other' };
  }
}

function kindOf(feature: Cell): ColumnStatistics['type'] {
  const kind = kindOfFeature(feature);
  if (kind === 'ClassLabel') return 'label';
  if (kind === 'Image') return 'image';
  if (kind === 'List' || kind === 'Sequence' || kind === 'LargeList') return 'list';
  const dtype = dtypeOf(feature) ?? '';
  if (kind !== 'Value') return 'other';
  if (dtype === 'bool') return 'boolean';
  if (/^u?int/.test(dtype)) return 'integer';
  if (/^(float|decimal)/.test(dtype)) return 'number';
  if (dtype.endsWith('string')) return 'text';
  return /^(date|timestamp)/.test(dtype) ? 'date' : 'other';
}

/** The names of a ClassLabel, whose values are numbers. */
function namesOf(feature: Cell): Cell[] | undefined {
  const names =
    feature !== null && typeof feature === 'object' && !Array.isArray(feature) ? feature['names'] : undefined;
  return Array.isArray(names) ? names : undefined;
}

async function mostFrequent(sandbox: Sandbox, from: string, names?: Cell[]) {
  const rows = await sandbox.rows(
    `SELECT v, count(*) AS n FROM ${from} WHERE v IS NOT NULL GROUP BY v ORDER BY n DESC, v LIMIT ${topValues}`,
  );
  return rows.map(([value, count]) => ({
    value:
      ((typeof value === 'bigint' || typeof value === 'number' ? names?.[Number(value)] : undefined) as
        | string
        | undefined) ?? String(value).slice(0, 100),
    count: Number(count),
  }));
}

async function numbers(
  sandbox: Sandbox,
  from: string,
  measure: string,
  many: boolean,
): Promise<Pick<ColumnStatistics, 'numbers'>> {
  const finite = `(SELECT x FROM (SELECT CAST(${measure} AS DOUBLE) AS x FROM ${from} WHERE v IS NOT NULL) WHERE isfinite(x))`;
  const points = '[0.05, 0.25, 0.5, 0.75, 0.95]';
  const quantile = many ? `approx_quantile(x, ${points})` : `quantile_cont(x, ${points})`;
  const [found = []] = await sandbox.rows(
    `SELECT min(x), max(x), avg(x), coalesce(stddev_samp(x), 0), ${quantile} FROM ${finite}`,
  );
  const [low, high, mean, std, quantiles] = found;
  if (typeof low !== 'number' || typeof high !== 'number') return {};
  const [q05 = low, q25 = low, median = low, q75 = low, q95 = low] = (
    quantiles instanceof DuckDBListValue ? quantiles.items : []
  ).map(Number);
  return {
    numbers: {
      min: low,
      max: high,
      mean: Number(mean),
      median,
      std: finiteOr(std, 0),
      quantiles: { q05, q25, q75, q95 },
      histogram: await histogram(sandbox, finite, low, high),
    },
  };
}

const finiteOr = (value: DuckDBValue | undefined, otherwise: number): number =>
  Number.isFinite(Number(value)) ? Number(value) : otherwise;

async function histogram(sandbox: Sandbox, finite: string, low: number, high: number) {
  const width = (high - low) / bins;
  if (!(width > 0 && Number.isFinite(width))) {
    const [[count] = []] = await sandbox.rows(`SELECT count(*) FROM ${finite}`);
    return { counts: [Number(count)], edges: [low, high] };
  }
  const rows = await sandbox.rows(
    `SELECT least(CAST(floor((x - ${low}::DOUBLE) / ${width}::DOUBLE) AS INTEGER), ${bins - 1}) AS bin, count(*) FROM ${finite} GROUP BY bin`,
  );
  const counts = Array.from({ length: bins }, () => 0);
  for (const [bin, count] of rows) counts[Math.max(0, Number(bin))]! += Number(count);
  return { counts, edges: Array.from({ length: bins + 1 }, (_, i) => (i === bins ? high : low + i * width)) };
}

/** Widths of a sample; raw pixels have one size that the card of the column tells already. */
async function images(sandbox: Sandbox, from: string, name: string): Promise<ColumnStatistics> {
  const [[missing] = []] = await sandbox.rows(`SELECT count(*) FILTER (v IS NULL) FROM ${from}`);
  const widths: number[] = [];
  await sandbox.read(`SELECT v FROM ${from} WHERE v IS NOT NULL`, sampledImages, ([value]) => {
    const bytes = value instanceof DuckDBBlobValue ? value : bytesOf(value);
    const size = bytes && readImageHeader(bytes.bytes);
    if (size) widths.push(size.width);
    return true;
  });
  const base = { name, type: 'image' as const, missing: Number(missing) };
  if (widths.length === 0) return base;
  const values = `(SELECT unnest([${widths.join(', ')}]) AS v)`;
  return { ...base, ...(await numbers(sandbox, values, 'v', false)) };
}

function bytesOf(value: DuckDBValue | undefined): DuckDBBlobValue | undefined {
  const entries =
    value !== null && typeof value === 'object' && 'entries' in value ? value.entries : undefined;
  const bytes = entries && 'bytes' in entries ? entries['bytes'] : undefined;
  return bytes instanceof DuckDBBlobValue ? bytes : undefined;
}
