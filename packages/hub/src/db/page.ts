import { HubError } from '@banyan/contract';

/** A page of rows read with `limit + 1`: the one too many tells that there is more. `key` makes the cursor of a row. */
export function toPage<Row, Item>(
  rows: Row[],
  limit: number,
  key: (row: Row) => string,
  present: (row: Row) => Item,
): { items: Item[]; nextCursor?: string } {
  const shown = rows.slice(0, limit);
  const last = shown.at(-1);
  const more = rows.length > limit && last !== undefined ? { nextCursor: key(last) } : {};
  return { items: shown.map(present), ...more };
}

/** A cursor that is a number of ours. Throws BAD_INPUT for one that somebody made up. */
export function numberCursor(cursor: string | undefined): number | undefined {
  if (cursor === undefined) return undefined;
  const value = Number(cursor);
  if (!Number.isSafeInteger(value))
    throw new HubError('BAD_INPUT', 'This cursor is not from a list of mine.', { field: 'cursor' });
  return value;
}

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** A cursor that is an id of ours. Throws BAD_INPUT for one that somebody made up. */
export function idCursor(cursor: string | undefined): string | undefined {
  if (cursor !== undefined && !uuid.test(cursor))
    throw new HubError('BAD_INPUT', 'This cursor is not from a list of mine.', { field: 'cursor' });
  return cursor;
}
