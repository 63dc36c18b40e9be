import { expect, test } from 'vitest';
import type { ColumnProfile } from './profile.ts';
import { parseRecipe, suggestRecipe } from './recipe.ts';

const numbers = {
  infinite: 0,
  min: 0,
  max: 9,
  mean: 4,
  std: 2,
  quantiles: { q05: 0, q25: 2, q50: 4, q75: 6, q95: 9 },
  histogram: { low: 0, high: 9, counts: [1, 2] },
};
const column = (name: string, type: string, rest: Partial<ColumnProfile> = {}): ColumnProfile => ({
  name,
  type,
  missing: 0,
  distinct: 100,
  ...(type === 'number' || type === 'integer' ? { numbers } : {}),
  ...rest,
});
const suggested = (rows: number, columns: ColumnProfile[]) => {
  const parsed = parseRecipe(suggestRecipe({ rows, columns }));
  if ('error' in parsed) throw new Error(parsed.error);
  return parsed.recipe;
};

test('a table with classes: target, gaps, identifiers and texts are seen', () => {
  const recipe = suggested(344, [
    column('Bird ID', 'text', { distinct: 340 }),
    column('Species', 'text', { distinct: 3, missing: 2 }),
    column('Body Mass (g)', 'number', { missing: 2 }),
    column('Island', 'text', { distinct: 3 }),
  ]);
  expect(recipe).toEqual({
    task: 'classification',
    target: 'Species',
    steps: [
      { select: { except: ['Bird ID'] } },
      { 'drop-missing': { columns: ['Species'] } },
      { 'drop-duplicates': {} },
      { impute: { columns: '*', numbers: 'median', strings: 'mode' } },
      { scale: { columns: '*', method: 'standard' } },
      { encode: { columns: '*', method: 'one-hot' } },
    ],
    split: { method: 'stratified', by: 'Species', train: 0.7, valid: 0.1, test: 0.2 },
  });
});

test('numbers alone: regression on the last one', () => {
  expect(suggested(442, [column('bmi', 'number'), column('progression', 'number')])).toMatchObject({
    task: 'regression',
    target: 'progression',
    split: { method: 'random' },
  });
});

test('a date that orders the rows: a forecast that holds out the future', () => {
  expect(
    suggested(1461, [column('date', 'date', { distinct: 1461 }), column('temp', 'number')]),
  ).toMatchObject({
    task: 'forecast',
    target: 'temp',
    split: { method: 'time' },
  });
});

test('images and texts have recipes of their own', () => {
  expect(suggested(60_000, [column('image', 'image', { shape: [28, 28] })])).toMatchObject({
    task: 'reconstruction',
    steps: [{ sample: { rows: 6000 } }, { image: { column: 'image' } }],
  });
  expect(suggested(200, [column('image', 'image'), column('label', 'text', { distinct: 10 })])).toMatchObject(
    {
      task: 'classification',
      target: 'label',
      steps: [{ image: { column: 'image', resize: [32, 32], normalise: 'fit' } }],
      split: { method: 'stratified', by: 'label' },
    },
  );
  expect(suggested(200, [column('image', 'image')])).toMatchObject({
    task: 'reconstruction',
    steps: [{ image: { column: 'image', resize: [32, 32] } }],
  });
  expect(
    suggested(140, [column('text', 'text', { lengths: { min: 10, max: 9000, mean: 900 } })]),
  ).toMatchObject({ task: 'generation', steps: [{ tokenize: { column: 'text' } }] });
  const mails = column('mail', 'text', { distinct: 900, lengths: { min: 10, max: 9000, mean: 900 } });
  expect(suggested(1000, [mails, column('kind', 'text', { distinct: 2 })])).toMatchObject({
    task: 'classification',
    target: 'kind',
    steps: [{ 'drop-duplicates': { columns: ['mail'] } }, { tokenize: { column: 'mail', length: 128 } }],
    split: { method: 'stratified', by: 'kind' },
  });
  expect(suggested(1000, [mails, column('id', 'text', { distinct: 1000 })]).task).toBe('generation');
});

test('awkward column names survive YAML', () => {
  expect(
    suggested(100, [
      column('yes', 'text', { distinct: 2 }),
      column('a: b, [c] #d "e"', 'number', { missing: 1 }),
    ]),
  ).toMatchObject({ target: 'yes' });
});

test('what is no recipe is said', () => {
  expect(parseRecipe('steps: [')).toHaveProperty('error');
  expect(parseRecipe('- a')).toHaveProperty('error');
  expect(parseRecipe('{"task": "regression"}')).toEqual({ recipe: { task: 'regression' } });
});
