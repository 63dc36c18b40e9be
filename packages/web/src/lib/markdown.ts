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

/** A picture of the repository itself: a plain relative path, without scheme, host, query or `..`. */
const ownPicture = /^(?!.*\.\.)[\w-][\w./-]*\.(png|jpe?g|gif|webp)$/i;

/**
 * A repository's card is written by anybody, and read inside everybody's session. So raw HTML is shown as text,
 * links lead to http, https and mail only, and images from elsewhere become links: no card can make a reader's
 * browser fetch something from another place. Pictures of the repository are drawn; `addressOf` finds its files.
 */
const renderer = (addressOf?: (file: string) => string) =>
  new Marked({
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
        if (addressOf !== undefined && ownPicture.test(href))
          return `<img src="${escape(addressOf(href))}" alt="${escape(text)}" loading="lazy">`;
        const label = `Image: ${escape(text === '' ? href : text)}`;
        return isSafeHref(href)
          ? `<a href="${escape(href)}" rel="noopener noreferrer nofollow">${label}</a>`
          : label;
      },
    },
  });

/** Safe HTML of a card's Markdown, without its YAML head. */
export function renderMarkdown(markdown: string, addressOf?: (file: string) => string): string {
  return renderer(addressOf).parse(markdown.replace(/^---\r?\n[\s\S]*?\r?\n---\r?\n?/, ''), { async: false });
}
