import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { renderTextbook } from './textbook.ts';

test('mathematics between dollar signs becomes MathML', () => {
  const html = renderTextbook('Where $h_t$ is the state:\n\n$$\nh_t = \\tanh(W h_{t-1})\n$$\n\nand so on.');
  expect(html.match(/<math/g)).toHaveLength(2);
  expect(html).toContain('display="block"');
  expect(html).toContain('and so on.');
  expect(html).not.toContain('$');
});

test('the textbook: every formula can be read, its figures and pages are found in the app', () => {
  const html = renderTextbook(readFileSync(new URL('../../../../docs/textbook.md', import.meta.url), 'utf8'));
  expect(html).not.toContain('katex-error');
  expect(html).not.toContain('<!--');
  expect(html).toContain('src="/figures/textbook-xor.svg"');
  expect(html).toContain('href="/algorithms/mlp"');
  expect(html.match(/<pre>/g)!.length).toBe(3);
});
