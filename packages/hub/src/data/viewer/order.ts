import { HubError } from '@banyan/contract';

/** `orderby`: a column, in double quotes when it is no plain word, and `ASC` or `DESC`; several behind commas. */
export function parseOrder(text: string): { column: string; descending: boolean }[] {
  const order: { column: string; descending: boolean }[] = [];
  const term = /\s*(?:"((?:[^"]|"")+)"|([\p{L}_][\p{L}\p{N}_.]*))(?:\s+(asc|desc))?\s*(,|$)/iuy;
  while (term.lastIndex < text.length) {
    const [, quoted, plain, direction, end] = term.exec(text) ?? [];
    const column = quoted?.replaceAll('""', '"') ?? plain;
    if (column === undefined || order.length >= 5)
      throw new HubError('BAD_INPUT', 'Write orderby as: "column" DESC', { field: 'orderby' });
    order.push({ column, descending: direction?.toLowerCase() === 'desc' });
    if (end === '') break;
  }
  return order;
}
