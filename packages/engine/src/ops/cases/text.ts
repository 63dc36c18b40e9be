import { tensorData } from '../../dtype.ts';
import { cast, concatText, inCase, matches, placeOf, splitOnce, sub } from '../../operators.ts';
import { asFloat, type Case } from './case.ts';

const words = (...values: string[]) => tensorData('string', [values.length, 1], values);

export const text = {
  RegexFullMatch: [
    {
      inputs: [words('12', '1a', '', '7')],
      build: (x) => cast(matches(x, '[0-9]+'), 'float32'),
      reference: () => (i) => [1, 0, 0, 1][i] ?? Number.NaN,
    },
  ],
  StringSplit: [
    {
      inputs: [words('12-3-4', '5-60-7')],
      build: (x) => {
        const { before, after } = splitOnce(x, '-');
        return sub(asFloat(before), asFloat(splitOnce(after, '-').before));
      },
      reference: () => (i) => [9, -55][i] ?? Number.NaN,
    },
  ],
  StringConcat: [
    {
      inputs: [words('1', '20', ''), words('2', '', '3')],
      build: (a, b) => asFloat(concatText(a, b)),
      reference: () => (i) => [12, 20, 3][i] ?? Number.NaN,
    },
  ],
  StringNormalizer: [
    {
      inputs: [words('Ab', 'AB', 'É')],
      build: (x) => asFloat(placeOf(inCase(x, 'LOWER'), ['ab', 'É'])),
      reference: () => (i) => [0, 0, 1][i] ?? Number.NaN,
    },
    {
      inputs: [words('Ab', 'ab', 'é')],
      build: (x) => asFloat(placeOf(inCase(x, 'UPPER'), ['AB', 'é'])),
      reference: () => (i) => [0, 0, 1][i] ?? Number.NaN,
    },
  ],
  LabelEncoder: [
    {
      inputs: [words('b', 'a', '', 'Größe', 'other')],
      build: (x) => asFloat(placeOf(x, ['a', 'b', 'Größe'])),
      reference: () => (i) => [1, 0, -1, 2, -1][i] ?? Number.NaN,
    },
  ],
} satisfies Record<string, Case[]>;
