import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createGraph, emitPreparation, openSession, tensorData, toOnnx } from '@banyan/engine';
import { expect, test } from 'vitest';
import { loadFitted, loadSplit, rawRows } from './prepared.ts';
import { checkRecipe } from './recipe/parse.ts';
import { literal } from './sql.ts';
import { openTables } from './table.ts';
import { temporaryFolder } from './test-data.ts';

/** As the first Banyan wrote it: no folds, no expressions, features in one list. */
const first = {
  version: 1,
  kind: 'tabular',
  task: 'classification',
  recipe: {
    target: 'kind',
    steps: [
      { 'drop-missing': { columns: '*' } },
      { impute: { columns: '*', numbers: 'median', strings: 'mode' } },
      { scale: { columns: '*', method: 'standard' } },
      { encode: { columns: '*', method: 'one-hot' } },
    ],
    split: { method: 'stratified', train: 0.7, valid: 0.1, test: 0.2 },
  },
  seed: 1,
  columns: [
    {
      name: 'size',
      input: 'number',
      steps: [
        { op: 'impute', value: 2 },
        { op: 'affine', scale: 0.5, shift: -1 },
      ],
      width: 1,
    },
    { name: 'ground', input: 'string', steps: [{ op: 'one-hot', categories: ['dry', 'wet'] }], width: 2 },
  ],
  features: [
    { name: 'size', column: 'size' },
    { name: 'ground=dry', column: 'ground' },
    { name: 'ground=wet', column: 'ground' },
  ],
  shape: [3],
  target: { column: 'kind', labels: ['ant', 'bee'] },
  splits: { train: 2, valid: 0, test: 0 },
  dropped: 0,
  notes: [],
};

async function folderOf(fitted: object): Promise<string> {
  const dir = temporaryFolder();
  await writeFile(join(dir, 'fitted.json'), JSON.stringify(fitted));
  const tables = await openTables({ inputs: [], folders: [dir], scratch: join(dir, 'spill') });
  await tables.run(
    `COPY (SELECT * FROM (VALUES
       (4.0::DOUBLE, 'wet', 'bee', [1, 0, 1]::FLOAT[], 1::INTEGER),
       (NULL, 'dry', 'ant', [0, 1, 0]::FLOAT[], 0::INTEGER))
     t(size, ground, kind, "banyan.features", "banyan.target"))
     TO ${literal(join(dir, 'train.parquet'))} (FORMAT parquet)`,
  );
  tables.close();
  return dir;
}

test('what an earlier version prepared still loads, and its model takes the same raw rows', async () => {
  const dir = await folderOf(first);
  const fitted = await loadFitted(dir);
  expect(fitted).toEqual(first);
  const { x, y } = await loadSplit(dir, 'train');
  expect([[...x], [...y!]]).toEqual([
    [1, 0, 1, 0, 1, 0],
    [1, 0],
  ]);
  expect(await rawRows(dir, 'train')).toMatchObject([{ size: 4, ground: 'wet' }, { size: null }]);

  const graph = createGraph();
  const { inputs, output } = emitPreparation(graph, fitted.columns, { batch: 'N' });
  const session = await openSession(toOnnx(graph, { inputs, outputs: { x: output } }), { threads: 1 });
  const served = await session.run({
    size: tensorData('float32', [2, 1], [4, Number.NaN]),
    ground: tensorData('string', [2, 1], ['wet', 'dry']),
  });
  await session.close();
  expect(served['x']?.data).toEqual(x);
});

test('a recipe of an earlier version is a recipe still', () => {
  const { recipe } = first;
  const read = checkRecipe(recipe);
  expect(read).toMatchObject({ ...recipe, steps: [recipe.steps[0], recipe.steps[1], {}, {}] });
  // A recipe as it is kept is one that can be used again.
  expect(checkRecipe(JSON.parse(JSON.stringify(read)))).toEqual(read);
});

test('what a newer version prepared is refused by name, never passed over', async () => {
  await expect(loadFitted(await folderOf({ ...first, version: 2 }))).rejects.toThrow(
    'prepared by a newer Banyan (fitted.json of version 2; this one reads 1); update this worker',
  );
  const [size, ground] = first.columns;
  const newer = { ...first, columns: [{ ...size, steps: [{ op: 'fourier' }] }, ground] };
  await expect(loadFitted(await folderOf(newer))).rejects.toThrow(
    'column "size" has a step "fourier", which this one does not know; update this worker',
  );
});
