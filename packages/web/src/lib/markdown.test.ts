import { expect, test } from 'vitest';
import { isSafeHref, renderMarkdown } from './markdown.ts';

test('a card is drawn without its YAML head', () => {
  const html = renderMarkdown('---\nlicense: cc0\n---\n# Penguins\n\n**344** rows');
  expect(html).toContain('<h1>Penguins</h1>');
  expect(html).toContain('<strong>344</strong>');
  expect(html).not.toContain('license');
});

test.each([
  '<script>alert(1)</script>',
  'text <img src=x onerror=alert(1)> more',
  '<svg/onload=alert(1)>',
  '[x](javascript:alert(1))',
  '[x](JaVa\tScript:alert(1))',
  '[x](<java\nscript:alert(1)>)',
  '[x](&#106;avascript:alert(1))',
  '[x](javascript&colon;alert(1))',
  '[x](data:text/html,<script>alert(1)</script>)',
  '[x](vbscript:msgbox)',
  '![x](javascript:alert(1))',
  '![x" onerror="alert(1)](https://example.org/a.png)',
  '[x](https://example.org/"onmouseover="alert(1))',
  '<a href="javascript:alert(1)">x</a>',
  '`<script>alert(1)</script>`',
  '```html"><script>alert(1)</script>\n<script>\n```',
  '<javascript:alert(1)>',
  '| a |\n|---|\n| <script>alert(1)</script> |',
])('nothing in %j can run', (attack) => {
  const html = renderMarkdown(attack);
  // Every tag left must be one that Markdown itself makes, without attributes but those we write.
  const allowed =
    /<\/?(p|em|strong|code|pre|table|thead|tbody|tr|th|td|h[1-6])>|<code class="[^"<>]*">|<a href="[^"<>]*" rel="noopener noreferrer nofollow">|<\/a>/g;
  expect(html.replace(allowed, '')).not.toMatch(/[<>]/);
  for (const [, href = ''] of html.matchAll(/href="([^"]*)"/g))
    expect(new URL(href.replaceAll('&amp;', '&'), 'https://hub.example/').protocol).toMatch(/^https?:$/);
});

test('images are links, so that a card makes no reader fetch anything', () => {
  const html = renderMarkdown('![a map](https://elsewhere.example/map.png)');
  expect(html).not.toContain('<img');
  expect(html).toContain('href="https://elsewhere.example/map.png"');
});

test('addresses inside and outside the hub stay links', () => {
  for (const href of ['https://a.example', 'mailto:a@b.example', '/datasets/a/b', 'file.csv', '#top'])
    expect(isSafeHref(href)).toBe(true);
});

const addressOf = (file: string) => `/api/files/model/a/b/main/${file}`;
const draw = (card: string) => renderMarkdown(card, addressOf);

test('pictures of the repository are drawn, others are links', () => {
  expect(draw('![Walk](samples.png)')).toContain(
    '<img src="/api/files/model/a/b/main/samples.png" alt="Walk"',
  );
  for (const href of [
    'https://example.org/a.png',
    '//example.org/a.png',
    '../a.png',
    '/a.png',
    'a/../../b.png',
    'a.svg',
  ])
    expect(draw(`![Walk](${href})`), href).not.toContain('<img');
  expect(draw('![x" onerror="alert(1)](a.png)')).not.toContain('" onerror="');
  expect(renderMarkdown('![Walk](samples.png)')).not.toContain('<img');
});
