/** A recipe inside a model: raw rows to our own serving and to Python's onnxruntime, the same file, the same answers. */
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { exportModel, shapeOfPrepared } from '@banyan/algorithms';
import { loadSplit, parseRecipe, prepare, type Row, rawRows } from '@banyan/data';
import { createGraph, emitPreparation, openSession, rawColumns, tensorData, toOnnx } from '@banyan/engine';
import { openModel } from '@banyan/serving';
import { afterAll, expect, test } from 'vitest';
import { newFolder } from '../hub-process.ts';
import { packageFile } from '../package-file.ts';
import { openPython } from './python.ts';
import { train } from './training.ts';

const python = await openPython('preparation.py');
const home = await newFolder('banyan-preparation-');
afterAll(async () => {
  python.close();
  await rm(home, { recursive: true });
});

/** Long recipes on real data; together they have every step that acts on a served row. */
const recipes: Record<string, string> = {
  'penguins.json': `target: Species
steps:
  - flag-missing: { columns: [Sex, "Beak Length (mm)"] }
  - impute: { columns: "Beak Length (mm)", numbers: mean, by: Island }
  - impute: { strings: { constant: unknown } }
  - derive: { name: beak, as: '"Beak Length (mm)" / "Beak Depth (mm)"' }
  - derive: { name: who, as: "lower(Sex) || ' of ' || Island" }
  - outliers: { columns: beak }
  - scale: { columns: beak, method: power }
  - scale: { columns: "Body Mass (g)", method: robust }
  - bin: { columns: "Flipper Length (mm)", bins: 5 }
  - encode: { columns: "Flipper Length (mm)" }
  - encode: { columns: who, method: target, smoothing: 3 }
  - encode: { columns: Island, method: ordinal }
  - encode: {}
  - scale: { columns: ["Beak Length (mm)", "Beak Depth (mm)"], method: min-max }`,
  'cars.json': `target: Miles_per_Gallon
steps:
  - rename: { columns: { Weight_in_lbs: weight } }
  - flag-missing: { columns: Horsepower }
  - impute: {}
  - derive: { name: ratio, as: "coalesce(Horsepower / weight * 1000, 0)" }
  - derive: { name: strong, as: "case when Cylinders in ('6', '8') and Horsepower >= 150 then 1 else 0 end" }
  - derive: { name: maker, as: "if(contains(Name, 'ford'), 'ford', if(starts_with(Name, 'chevrolet'), 'chevrolet', 'else'))" }
  - select: { except: Name }
  - outliers: { columns: [Displacement, weight], method: z, factor: 2 }
  - log1p: { columns: Horsepower }
  - scale: { columns: [Horsepower, ratio] }
  - scale: { columns: [Acceleration, Displacement], method: normal }
  - scale: { columns: weight, method: uniform, quantiles: 10 }
  - encode: { columns: Year, method: cycles, of: [month, weekday, day-of-year, day, hour] }
  - encode: { columns: Cylinders }
  - encode: { columns: maker, method: hash, buckets: 4 }
  - encode: {}`,
  'movies.json': `target: IMDB Rating
steps:
  - drop-missing: { columns: ["US Gross", "Release Date"] }
  - parse-dates: { columns: Release Date, formats: "%b %d %Y" }
  - derive: { name: month, as: 'month("Release Date")' }
  - select: { columns: [month, Release Date, US Gross, Running Time min, Major Genre, Distributor, Director, MPAA Rating] }
  - flag-missing: {}
  - impute: { columns: [Release Date, month, US Gross, Running Time min] }
  - log1p: { columns: US Gross }
  - scale: { columns: [Release Date, month, US Gross, Running Time min] }
  - encode: { columns: Distributor, most: 12 }
  - encode: { columns: Director, method: hash, buckets: 8 }
  - encode: { columns: Major Genre, rare: 50 }
  - encode: { columns: MPAA Rating, method: target }`,
  'seattle-weather.csv': `target: temp_max
steps:
  - derive: { name: range, as: "temp_max - temp_min" }
  - scale: { columns: [precipitation], method: uniform }
  - scale: { columns: [temp_max, temp_min, wind, range] }
  - encode: { columns: date, method: cycles }
  - encode: { columns: weather }
  - window: { length: 5, horizon: 1, order: date }
split: { method: time }`,
};

const broken = (row: Row, change: (cell: Row[string], at: number) => Row[string]): Row =>
  Object.fromEntries(Object.entries(row).map(([name, cell], at) => [name, change(cell, at)]));

/** Rows as a test split has them, and as no test split should. */
function troubled(rows: readonly Row[], length: number): Row[] {
  return rows.map((row, place) => {
    const i = Math.floor(place / length);
    if (i % 7 === 1) return broken(row, (cell, at) => ((at + i) % 3 === 0 ? null : cell));
    if (i % 7 === 2)
      return broken(row, (cell) => (typeof cell === 'string' ? `${cell}, never seen Ü` : cell));
    if (i % 7 === 3) return broken(row, (cell) => (typeof cell === 'number' ? cell * -1000 : cell));
    if (i % 7 === 4) return broken(row, (cell, at) => (typeof cell === 'number' && at % 2 ? 1e300 : cell));
    return row;
  });
}

test.each(Object.entries(recipes))(
  '%s: our serving and onnxruntime agree on raw rows',
  async (file, recipe) => {
    const dir = join(home, file);
    const files = [{ path: packageFile('vega-datasets', `data/${file}`), name: file }];
    const fitted = await prepare({ files, recipe: parseRecipe(recipe), seed: 7, outDir: dir });
    const shape = shapeOfPrepared(fitted);
    const data = { shape, train: await loadSplit(dir, 'train'), valid: await loadSplit(dir, 'valid') };
    const model = await train('linear', { epochs: 20 }, data);
    const folder = join(dir, 'model');
    await mkdir(folder);
    const onnx = join(folder, 'model.onnx');
    await writeFile(onnx, exportModel(model, fitted));
    const raw = rawColumns(fitted.columns);
    const manifest = {
      format: 'banyan-model/1',
      algorithm: 'linear',
      config: {},
      task: fitted.task,
      kind: fitted.kind,
      inputs: raw.map(({ name, input }) => ({ name, type: input })),
      ...(fitted.window && { window: fitted.window.length }),
      ...(shape.classes && { classes: shape.classes }),
    };
    await writeFile(join(folder, 'banyan.json'), JSON.stringify(manifest));

    const length = fitted.window?.length ?? 1;
    const rows = troubled(await rawRows(dir, 'test', { limit: 60 }), length);
    const examples = Array.from({ length: rows.length / length }, (_, i) =>
      rows.slice(i * length, (i + 1) * length),
    );
    const columns = Object.fromEntries(
      raw.map(({ name, input }) => [
        name,
        examples.map((example) =>
          example.map((row) => {
            const cell = row[name] ?? null;
            return typeof cell !== 'number' || input === 'number' ? cell : String(cell);
          }),
        ),
      ]),
    );

    // The features themselves, in our runtime and in Python's.
    const graph = createGraph();
    const { inputs, output } = emitPreparation(graph, fitted.columns, {
      batch: 'N',
      ...(fitted.window && { window: length }),
    });
    const features = toOnnx(graph, { inputs, outputs: { x: output } });
    await writeFile(join(folder, 'features.onnx'), features);
    const session = await openSession(features, { threads: 1 });
    const feeds = raw.map(({ name, input }) => {
      const cells = columns[name]!.flat();
      const size = [examples.length, length];
      return [
        name,
        input === 'number'
          ? tensorData(
              'float32',
              size,
              cells.map((cell) => (cell === null ? Number.NaN : Number(cell))),
            )
          : tensorData(
              'string',
              size,
              cells.map((cell) => (typeof cell === 'string' ? cell : '')),
            ),
      ] as const;
    });
    const { x } = await session.run(Object.fromEntries(feeds));
    await session.close();
    const [theirs] = await python.ask<[number[]]>('answers', {
      model: join(folder, 'features.onnx'),
      columns,
      outputs: ['x'],
    });
    expectAlike(Array.from(x!.data as Float32Array), theirs);

    // And what a model makes of them.
    const served = await openModel(folder);
    const single = (list: readonly Row[]) => (fitted.window ? list : list[0]!);
    const predictions = await Promise.all(
      examples.map((example) =>
        served.predict([single(example)]).then(
          ([found]) => found!,
          () => undefined,
        ),
      ),
    );
    await served.close();
    const name = fitted.task === 'classification' ? 'probabilities' : 'value';
    const [answers] = await python.ask<[(number | null)[]]>('answers', {
      model: onnx,
      columns,
      outputs: [name],
    });
    const width = answers.length / examples.length;
    const answered = predictions.filter((found) => found !== undefined).length;
    expect(answered).toBeGreaterThan(examples.length / 2);
    for (const [i, found] of predictions.entries()) {
      const expected = answers.slice(i * width, (i + 1) * width);
      // A row that ours refuses is one for which there is no number.
      if (found === undefined) expect(expected).toContain(null);
      else
        expectAlike(
          'value' in found
            ? [found.value]
            : Object.values((found as { probabilities: Record<string, number> }).probabilities),
          expected,
        );
    }
  },
  60_000,
);

function expectAlike(ours: readonly number[], theirs: readonly (number | null)[]): void {
  expect(theirs.length).toBe(ours.length);
  for (const [i, value] of ours.entries()) {
    const other = theirs[i] ?? Number.NaN;
    if (Number.isNaN(value) || !Number.isFinite(value)) expect(other).toBe(value);
    else
      expect(Math.abs(value - other), `${i}: ${value} and ${other}`).toBeLessThanOrEqual(
        1e-6 * Math.max(1, Math.abs(value)),
      );
  }
}
