import { join } from 'node:path';
import { createGraph, emitPreparation, openSession, rawColumns, tensorData, toOnnx } from '@banyan/engine';
import { expect, test } from 'vitest';
import type { Fitted } from './fitted.ts';
import { prepare } from './prepare.ts';
import { loadSplit, rawRows } from './prepared.ts';
import type { Row } from './preview.ts';
import { parseRecipe } from './recipe/parse.ts';
import { realFile, temporaryFolder } from './test-data.ts';

/** The features of raw rows, from the graph that a served model carries. */
async function throughGraph(fitted: Fitted, rows: readonly Row[]): Promise<Float32Array> {
  const graph = createGraph();
  const window = fitted.window?.length;
  const { inputs, output } = emitPreparation(graph, fitted.columns, {
    batch: 'N',
    ...(window ? { window } : {}),
  });
  const session = await openSession(toOnnx(graph, { inputs, outputs: { x: output } }), { threads: 1 });
  const shape = [rows.length / (window ?? 1), window ?? 1];
  const feeds = rawColumns(fitted.columns).map(({ name, input }) => {
    const cells = rows.map((row) => row[name]);
    const tensor =
      input === 'number'
        ? tensorData(
            'float32',
            shape,
            cells.map((cell) => (cell === null ? Number.NaN : Number(cell))),
          )
        : tensorData(
            'string',
            shape,
            cells.map((cell) => (typeof cell === 'string' ? cell : '')),
          );
    return [name, tensor] as const;
  });
  const { x } = await session.run(Object.fromEntries(feeds));
  await session.close();
  return x!.data as Float32Array;
}

test.each([
  [
    'penguins.json',
    `target: Species
steps:
  - outliers: { columns: ["Body Mass (g)", "Beak Depth (mm)"], method: z, factor: 1.5 }
  - impute: { numbers: mean, strings: { constant: "not known" } }
  - log1p: { columns: ["Flipper Length (mm)"] }
  - scale: { columns: ["Body Mass (g)", "Beak Depth (mm)", "Beak Length (mm)"], method: standard }
  - encode: { columns: Sex, method: ordinal }
  - encode: {}`,
  ],
  [
    'cars.json',
    `target: Miles_per_Gallon
steps:
  - select: { except: Name }
  - impute: { numbers: { constant: 99.5 } }
  - encode: { columns: Origin, method: ordinal }
  - encode: { columns: Cylinders }
  - scale: { method: min-max }
split: { method: group, by: Year }`,
  ],
  [
    'seattle-weather.csv',
    `target: temp_max
steps:
  - scale: {}
  - encode: {}
  - window: { length: 7, horizon: 1, order: date }
split: { method: time }`,
  ],
  [
    'cars.json',
    `target: Miles_per_Gallon
steps:
  - select: { except: Name }
  - rename: { columns: { Weight_in_lbs: weight } }
  - flag-missing: {}
  - impute: { columns: Horsepower, numbers: mean, by: Origin }
  - derive: { name: power to weight, as: "Horsepower / weight * 1000" }
  - derive: { name: heavy, as: "weight > 3500 and Origin = 'USA'" }
  - outliers: { columns: Acceleration, method: z }
  - scale: { columns: weight, method: power }
  - scale: { columns: Displacement, method: normal, quantiles: 20 }
  - scale: { columns: [Horsepower, power to weight], method: robust }
  - bin: { columns: Acceleration, bins: 4 }
  - encode: { columns: Acceleration }
  - encode: { columns: Year, method: cycles, of: [month, day-of-year, weekday] }
  - encode: { columns: Cylinders, method: target, folds: 3 }
  - encode: {}`,
  ],
  [
    'movies.json',
    `target: IMDB Rating
steps:
  - drop-missing: { columns: ["US Gross"] }
  - parse-dates: { columns: Release Date, formats: "%b %d %Y" }
  - cast: { columns: [Title], to: text }
  - derive: { name: sequel, as: "if(contains(Title, ' 2') or ends_with(Title, 'II'), 1, 0)" }
  - derive: { name: weekday of release, as: 'weekday("Release Date")' }
  - select: { columns: [sequel, weekday of release, Release Date, US Gross, Production Budget, Major Genre, Distributor, Director, MPAA Rating] }
  - flag-missing: { columns: MPAA Rating }
  - scale: { columns: US Gross, method: uniform }
  - log1p: { columns: Production Budget }
  - impute: { columns: [Release Date, Production Budget, weekday of release] }
  - scale: { columns: [Release Date, weekday of release] }
  - encode: { columns: Distributor, most: 12 }
  - encode: { columns: Director, method: hash, buckets: 8 }
  - encode: { columns: Major Genre, rare: 50 }
  - encode: { columns: MPAA Rating, method: target }`,
  ],
  [
    'movies.json',
    // Most directors and distributors of the test are none of the training's.
    `target: IMDB Rating
steps:
  - sample: { rows: 600 }
  - select: { columns: [Director, Distributor, Title, Source] }
  - normalize-text: { columns: [Director, Distributor], accents: strip }
  - normalize-text: { columns: Title, lowercase: false, numbers: "0" }
  - encode: { columns: [Director, Title], method: hash, buckets: 8 }
  - encode: { columns: [Distributor, Source] }`,
  ],
  [
    'penguins.json',
    `target: Species
steps:
  - scale: { columns: ["Body Mass (g)"], method: log }
  - impute: { numbers: median, by: Island }
  - bin: { columns: "Beak Depth (mm)", edges: [14, 16, 18.5] }
  - encode: { columns: Island, method: target, smoothing: 2 }
  - encode: { columns: Sex, method: ordinal }`,
  ],
])('%s: the table and the graph prepare raw rows alike', async (name, recipe) => {
  const outDir = join(temporaryFolder(), 'out');
  const files = [realFile('vega-datasets', `data/${name}`)];
  const fitted = await prepare({ files, recipe: parseRecipe(recipe), seed: 5, outDir });
  // Training rows have what was learned without them, where a step looks at the target.
  const isCrossFitted = fitted.columns.some(({ steps }) => steps.some(({ op }) => op === 'score'));
  for (const split of isCrossFitted ? (['valid', 'test'] as const) : (['train', 'test'] as const)) {
    const { x } = await loadSplit(outDir, split);
    const graph = await throughGraph(fitted, await rawRows(outDir, split));
    expect(graph.length).toBe(x.length);
    const difference = Math.max(
      ...graph.map((value, i) => Math.abs(value - x[i]!) / Math.max(1, Math.abs(value))),
    );
    expect(difference).toBeLessThan(1e-6);
  }
});
