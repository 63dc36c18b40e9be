import { expect, test } from 'vitest';
import { predictSnippets } from './snippets.ts';

test('code to copy keeps quotes and missing values right in every language', () => {
  const [curl, python, javascript] = predictSnippets('http://h/p', [{ "o'clock": null, open: true }]);
  expect(curl?.code).toContain(String.raw`o'\''clock`);
  expect(python?.code).toContain(`[{"o'clock": None, "open": True}]`);
  expect(javascript?.code).toContain('"open": true');
});
