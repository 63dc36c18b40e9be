import { Marked } from 'marked';

const escapes: Record<string, string> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};
const escape = (text: string) => text.replace(/[&<>"']/g, (sign) => escapes[sign]!);

/** Only addresses that open a page or write a mail; `javascript:` and `data:` never. Entities are decoded before. */
export function isSafeHref(href: string): boolean {
  // oxlint-disable-next-line no-control-regex -- browsers ignore control characters inside a scheme
  const plain = href.replace(/[\u0000-\u0020\u007f]/g, '').toLowerCase();
  return /^(https?:|mailto:)/.test(plain) || !/^[^/?#]*:/.test(plain);
}

/**
 * A repository's card is written by anybody, and read inside everybody's session. So raw HTML is shown as text,
 * links lead to http, https and mail only, and images become links: no card can make a reader's browser fetch
 * something from elsewhere.
 */
const marked = new Marked({
  gfm: true,
  renderer: {
    html: ({ text }) => escape(text),
    link({ href, tokens }) {
      const text = this.parser.parseInline(tokens);
      return isSafeHref(href)
        ? `<a href="${escape(href)}" rel="noopener noreferrer nofollow">${text}</a>`
        : text;
    },
    image({ href, text }) {
      const label = `Image: ${escape(text === '' ? href : text)}`;
      return isSafeHref(href)
        ? `<a href="${escape(href)}" rel="noopener noreferrer nofollow">${label}</a>`
        : label;
    },
  },
});

/** Safe HTML of a card's Markdown, without its YAML head. */
export function renderMarkdown(markdown: string): string {
  return marked.parse(markdown.replace(/^---\r?\n[\s\S]*?\r?\n---\r?\n?/, ''), { async: false });
}
