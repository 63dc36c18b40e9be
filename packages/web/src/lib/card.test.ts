import { expect, it, vi } from 'vitest';

vi.stubGlobal('window', { location: { origin: 'http://hub' } });
const { rangeOfLine } = await import('./card.ts');

it('finds a line of a text', () => {
  const text = '---\nlicense: mit\n---\n# Title';
  const line = (n: number) => text.slice(...rangeOfLine(text, n));
  expect([1, 2, 3, 4].map(line)).toEqual(['---', 'license: mit', '---', '# Title']);
  expect(line(9)).toBe('# Title');
  expect(rangeOfLine('', 1)).toEqual([0, 0]);
});
