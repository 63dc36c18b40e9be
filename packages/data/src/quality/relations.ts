import { codesOf, numbersOf, type Sample } from './sample.ts';

/** How strongly two columns belong together, 0 to 1 (Pearson: -1 to 1). */
export interface Relation {
  a: string;
  b: string;
  measure: 'pearson' | 'cramers-v' | 'correlation-ratio';
  value: number;
}

/** A column as numbers or as categories. */
interface Measured {
  name: string;
  numbers: Float64Array | undefined;
  codes: Int32Array | undefined;
  count: number;
}

const mostColumns = 60;
const mostCategories = 100;
const fewestRows = 20;

/**
 * The strongest relations between columns: Pearson's correlation of two numbers, Cramér's V of two categories (with
 * Bergsma's correction of 2013, without which many rare categories look related), the correlation ratio of both.
 */
export function findRelations(sample: Sample, most = 100): Relation[] {
  const columns = sample.columns
    .flatMap(({ column, values }): Measured[] => {
      const isNumber = column.type === 'number' || column.type === 'integer';
      if (isNumber) return [{ name: column.name, numbers: numbersOf(values), codes: undefined, count: 0 }];
      if (column.type === 'date' || column.type === 'timestamp') return [];
      const { codes, count } = codesOf(values);
      return count < 2 || count > mostCategories
        ? []
        : [{ name: column.name, numbers: undefined, codes, count }];
    })
    .slice(0, mostColumns);
  const relations: Relation[] = [];
  for (const [i, a] of columns.entries()) {
    for (const b of columns.slice(i + 1)) {
      const value =
        a.numbers && b.numbers
          ? pearson(a.numbers, b.numbers)
          : a.numbers
            ? correlationRatio(b.codes!, b.count, a.numbers)
            : b.numbers
              ? correlationRatio(a.codes!, a.count, b.numbers)
              : cramersV(a.codes!, a.count, b.codes!, b.count);
      const measure =
        a.numbers && b.numbers ? 'pearson' : a.numbers || b.numbers ? 'correlation-ratio' : 'cramers-v';
      if (value !== undefined && Math.abs(value) >= 0.1)
        relations.push({ a: a.name, b: b.name, measure, value });
    }
  }
  return relations.sort((x, y) => Math.abs(y.value) - Math.abs(x.value)).slice(0, most);
}

/** Over the rows that have both; undefined for a constant. */
export function pearson(x: Float64Array, y: Float64Array): number | undefined {
  let [n, sx, sy] = [0, 0, 0];
  const both = (i: number) => !Number.isNaN(x[i]!) && !Number.isNaN(y[i]!);
  for (let i = 0; i < x.length; i++)
    if (both(i)) {
      n++;
      sx += x[i]!;
      sy += y[i]!;
    }
  if (n < fewestRows) return undefined;
  const [mx, my] = [sx / n, sy / n];
  let [xx, yy, xy] = [0, 0, 0];
  for (let i = 0; i < x.length; i++)
    if (both(i)) {
      xx += (x[i]! - mx) ** 2;
      yy += (y[i]! - my) ** 2;
      xy += (x[i]! - mx) * (y[i]! - my);
    }
  return xx > 0 && yy > 0 ? Math.max(-1, Math.min(1, xy / Math.sqrt(xx * yy))) : undefined;
}

/** Correlation ratio: how much of a number's variance lies between categories, as a root. */
export function correlationRatio(codes: Int32Array, count: number, y: Float64Array): number | undefined {
  const sums = new Float64Array(count);
  const sizes = new Float64Array(count);
  let [n, sum] = [0, 0];
  for (let i = 0; i < y.length; i++) {
    if (codes[i]! < 0 || Number.isNaN(y[i]!)) continue;
    sums[codes[i]!]! += y[i]!;
    sizes[codes[i]!]! += 1;
    n++;
    sum += y[i]!;
  }
  if (n < fewestRows || count < 2 || n < 3 * count) return undefined;
  const mean = sum / n;
  let [between, all] = [0, 0];
  for (let i = 0; i < y.length; i++) if (codes[i]! >= 0 && !Number.isNaN(y[i]!)) all += (y[i]! - mean) ** 2;
  for (let c = 0; c < count; c++)
    if (sizes[c]! > 0) between += sizes[c]! * (sums[c]! / sizes[c]! - mean) ** 2;
  return all > 0 ? Math.sqrt(Math.min(1, between / all)) : undefined;
}

export function cramersV(a: Int32Array, rows: number, b: Int32Array, columns: number): number | undefined {
  const table = new Float64Array(rows * columns);
  const [ofRow, ofColumn] = [new Float64Array(rows), new Float64Array(columns)];
  let n = 0;
  for (let i = 0; i < a.length; i++) {
    if (a[i]! < 0 || b[i]! < 0) continue;
    table[a[i]! * columns + b[i]!]! += 1;
    ofRow[a[i]!]! += 1;
    ofColumn[b[i]!]! += 1;
    n++;
  }
  if (n < fewestRows || rows < 2 || columns < 2) return undefined;
  let chi2 = 0;
  for (let r = 0; r < rows; r++)
    for (let c = 0; c < columns; c++) {
      const expected = (ofRow[r]! * ofColumn[c]!) / n;
      if (expected > 0) chi2 += (table[r * columns + c]! - expected) ** 2 / expected;
    }
  const phi2 = Math.max(0, chi2 / n - ((rows - 1) * (columns - 1)) / (n - 1));
  const correct = (k: number) => k - (k - 1) ** 2 / (n - 1);
  const smaller = Math.min(correct(rows), correct(columns)) - 1;
  return smaller > 0 ? Math.min(1, Math.sqrt(phi2 / smaller)) : undefined;
}
