import { expect, test } from 'vitest';
import { parseRecipe } from './parse.ts';

test('a recipe in YAML gets its defaults, and is a recipe again when written as JSON', () => {
  const recipe = parseRecipe('target: species\nsteps:\n  - impute:\n  - encode: { columns: island }\n');
  expect(recipe).toEqual({
    target: 'species',
    steps: [
      { impute: { columns: '*', numbers: 'median', strings: 'mode' } },
      { encode: { columns: 'island', method: 'one-hot' } },
    ],
    split: { method: 'random', train: 0.7, valid: 0.1, test: 0.2 },
  });
  expect(parseRecipe(JSON.stringify(recipe))).toEqual(recipe);
});

test.each([
  ['steps: [', 'not valid YAML'],
  ['steps: [ drop_missing: {} ]', 'steps[1] has no step "drop_missing"; did you mean "drop-missing"?'],
  ['steps: [ { impute: {}, scale: {} } ]', 'steps[1] must be one step'],
  [
    'steps: [ impute: { numbers: average } ]',
    'steps[1].impute.numbers must be mean, median, mode or { constant: NUMBER }',
  ],
  ['steps: [ window: { length: 0, order: date } ]', 'steps[1].window.length'],
  ['steps: [ select: {} ]', 'steps[1].select must be { columns: [...] } to keep'],
  ['split: { train: 0.5 }', 'train, valid and test must add up to 1'],
  ['split: { method: group }', 'a group split needs by'],
  ['goal: x', 'goal'],
])('%s is refused with a reason', (text, message) => {
  expect(() => parseRecipe(text)).toThrow(message);
});
