import { Marked } from 'marked';
import { mathematics } from './mathematics.ts';

/** Where the repository's own pages lie in the app: figures, and the pages of algorithms. */
const placeOf = (href: string): string =>
  href
    .replace(/^(\.\.\/)*packages\/web\/public\//, '/')
    .replace(/^algorithms\/([a-z]+)\.md$/, '/algorithms/$1');

/** Safe HTML of a page of our own, with mathematics between dollar signs. Comments are left out. */
export function renderTextbook(markdown: string): string {
  const marked = new Marked({
    gfm: true,
    extensions: [
      {
        name: 'display',
        level: 'block',
        start: (text) => text.indexOf('$$'),
        tokenizer(text) {
          const found = /^\$\$\n([\s\S]+?)\n\$\$(?:\n|$)/.exec(text);
          return found === null ? undefined : { type: 'display', raw: found[0], text: found[1] };
        },
        renderer: ({ text }) => `<div class="formula">${mathematics(String(text), true)}</div>`,
      },
      {
        name: 'inline',
        level: 'inline',
        start: (text) => text.indexOf('$'),
        tokenizer(text) {
          const found = /^\$([^$]+)\$/.exec(text);
          return found === null ? undefined : { type: 'inline', raw: found[0], text: found[1] };
        },
        renderer: ({ text }) => mathematics(String(text), false),
      },
    ],
    walkTokens(token) {
      if (token.type === 'link' || token.type === 'image') token.href = placeOf(String(token.href));
    },
  });
  return marked.parse(markdown.replace(/<!--[\s\S]*?-->\n*/g, ''), { async: false });
}
