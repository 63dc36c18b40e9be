const maxCharacters = 300;

/** The first paragraph of a card's Markdown as plain text: what a list says of a repository. Empty when there is none. */
export function summaryOf(body: string): string {
  // Cards of a book's length are not searched to their end for a paragraph.
  const blocks = body
    .slice(0, 20_000)
    .replaceAll(/<!--[\s\S]*?-->/g, '')
    .split(/\n\s*\n/);
  for (const block of blocks) {
    const text = plain(block.replaceAll(/^#{1,6} .*$/gm, ''));
    if (/^([|>`~]|[-*+] |\d+[.)] |={3,}|-{3,})/.test(block.trim()) || text.length < 3) continue;
    return text.length <= maxCharacters ? text : `${text.slice(0, maxCharacters - 1).trimEnd()}…`;
  }
  return '';
}

const plain = (markdown: string): string =>
  markdown
    .replaceAll(/!\[[^\]]{0,500}\]\([^)]{0,2000}\)/g, '')
    .replaceAll(/\[([^\]]{0,500})\]\([^)]{0,2000}\)/g, '$1')
    .replaceAll(/<[^>]{0,1000}>/g, '')
    .replaceAll(/[*_`]{1,3}(\S[^*_`]{0,500}?)[*_`]{1,3}/g, '$1')
    .replaceAll(/\s+/g, ' ')
    .trim();
