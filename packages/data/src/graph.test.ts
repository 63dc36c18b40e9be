import { join } from 'node:path';
import { createGraph, emitPreparation, openSession, tensorData, toOnnx } from '@banyan/engine';
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
  const feeds = fitted.columns.map(({ name, input }) => {
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
])('%s: the table and the graph prepare raw rows alike', async (name, recipe) => {
  const outDir = join(temporaryFolder(), 'out');
  const files = [realFile('vega-datasets', `data/${name}`)];
  const fitted = await prepare({ files, recipe: parseRecipe(recipe), seed: 5, outDir });
  for (const split of ['train', 'test'] as const) {
    const { x } = await loadSplit(outDir, split);
    const graph = await throughGraph(fitted, await rawRows(outDir, split));
    expect(graph.length).toBe(x.length);
    const difference = Math.max(...graph.map((value, i) => Math.abs(value - x[i]!)));
    expect(difference).toBeLessThan(1e-5);
  }
});
