import { expect, test } from 'vitest';
import { readExplanation, strongest, totals } from './explanation.ts';

test('an explanation is of columns or of words', () => {
  const columns = { version: 1, metric: 'accuracy', permutation: [], rowsUsed: 3 };
  expect(readExplanation(columns)).toMatchObject({ metric: 'accuracy' });
  const words = [
    { word: 'free', contribution: 0.25 },
    { word: 'hello', contribution: -0.5 },
    { word: 'free', contribution: 0.5 },
  ];
  const texts = { rows: [{ row: 0, predicted: 'spam', words }], completenessError: 0 };
  expect(readExplanation({ version: 1, texts })).toEqual({ texts });
  expect(readExplanation({ version: 1 })).toBeUndefined();
  expect(strongest(totals(words), 1)).toEqual([['free', 0.75]]);
});
