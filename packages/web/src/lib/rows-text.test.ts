import { expect, test } from 'vitest';
import { parseRows, writeRows } from './rows-text.ts';

test('rows survive being written and read, and what is wrong names its line', () => {
  const inputs = [
    { name: 'rain', type: 'number' },
    { name: 'sky', type: 'string' },
  ];
  const rows = [
    { rain: 0.5, sky: 'fog' },
    { rain: null, sky: 'sun' },
  ];
  expect(parseRows(writeRows(['rain', 'sky'], rows), inputs)).toEqual({ rows });
  expect(parseRows('rain,sky\n1,2,3', inputs)).toEqual({ error: 'Line 2 has 3 values for 2 columns.' });
  expect(parseRows('rain,sky\nwet,fog', inputs)).toEqual({
    error: 'Line 2: rain needs a number, not “wet”.',
  });
  expect(parseRows('rain\n1', inputs)).toEqual({ error: 'The first line does not name the column sky.' });
});
