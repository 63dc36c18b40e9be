import type { Json } from '@banyan/contract';
import { z } from 'zod';

const text = z.coerce.string().optional().catch(undefined);

/** What is looked at, as the address holds it: whoever opens it sees the same. */
export const dataSearch = z.object({
  tab: z.string().optional().catch(undefined),
  /** `config/split`. */
  split: text,
  offset: z.coerce.number().int().min(0).optional().catch(undefined),
  q: text,
  where: text,
  /** A column; `-` before it turns the order round. */
  sort: text,
  sql: text,
});
export type DataSearch = z.infer<typeof dataSearch>;

export const pageRows = 50;

/** A name in SQL. */
export const quoteName = (name: string): string => `"${name.replaceAll('"', '""')}"`;

const quoteValue = (value: string): string => `'${value.replaceAll("'", "''")}'`;

/** A condition on one column: a value, a range (its end belongs to it in the last bin alone), or nothing there. */
export type Condition =
  | { column: string; is: string; kind: 'text' | 'plain' }
  | { column: string; from: number; to: number; closed: boolean; length: boolean }
  | { column: string; missing: true };

export function toSql(condition: Condition): string {
  const name = quoteName(condition.column);
  if ('missing' in condition) return `${name} is null`;
  if ('is' in condition)
    return `${name} = ${condition.kind === 'text' ? quoteValue(condition.is) : condition.is}`;
  const measured = condition.length ? `length(${name})` : name;
  return `${measured} >= ${condition.from} and ${measured} ${condition.closed ? '<=' : '<'} ${condition.to}`;
}

/** A condition that rows with these columns could have, to show how one is written. */
export function exampleCondition(features: Readonly<Record<string, Json>>): string {
  const names = Object.keys(features);
  const number = names.find((name) => /^(u?int|float)/.test(typeName(features[name])));
  const word = names.find((name) => typeName(features[name]) === 'string');
  const parts = [
    number === undefined ? undefined : `${quoteName(number)} > 10`,
    word === undefined ? undefined : `${quoteName(word)} like 'A%'`,
  ];
  return parts.filter((part) => part !== undefined).join(' and ');
}

/** One more condition beside those that are there; the same one twice is one. */
export function addCondition(where: string | undefined, condition: Condition): string {
  const more = toSql(condition);
  if (where === undefined || where.trim() === '') return more;
  if (` and ${where} and `.includes(` and ${more} and `)) return where;
  const before = /\bor\b/i.test(where) ? `(${where})` : where;
  return `${before} and ${more}`;
}

/** `mass` and `-mass`, as the address writes an order. */
export const readSort = (sort: string | undefined): { column: string; descending: boolean } | undefined =>
  sort === undefined || sort === ''
    ? undefined
    : sort.startsWith('-')
      ? { column: sort.slice(1), descending: true }
      : { column: sort, descending: false };

/** The next order when a column's head is pressed: up, down, as it lies. */
export function nextSort(sort: string | undefined, column: string): string | undefined {
  if (sort === column) return `-${column}`;
  return sort === `-${column}` ? undefined : column;
}

const typed = z.looseObject({ _type: z.string(), dtype: z.string().optional() });

/** A short name of a column's type, from its feature. */
export function typeName(feature: unknown): string {
  const { _type: kind, dtype } = typed.safeParse(feature).data ?? {};
  if (kind === undefined) return 'struct';
  if (kind === 'Value') return dtype ?? 'value';
  return kind === 'ClassLabel' ? 'label' : kind.toLowerCase();
}

/** The names of a ClassLabel, whose cells are numbers. */
export const classNames = (feature: unknown): readonly string[] | undefined =>
  z.object({ _type: z.literal('ClassLabel'), names: z.array(z.string()) }).safeParse(feature).data?.names;

const image = z.object({
  src: z
    .string()
    .regex(/^data:image\/(png|jpeg|gif|webp);base64,/)
    .optional(),
  type: z.literal('image').optional(),
  width: z.number().optional(),
  height: z.number().optional(),
});

/** An image cell; `src` is absent when it is too large to be shown in a table. */
export function readImage(cell: unknown): { src?: string | undefined; size: string } | undefined {
  const found = image.safeParse(cell).data;
  if (found === undefined || (found.src === undefined && found.type === undefined)) return undefined;
  return {
    src: found.src,
    size: found.width === undefined ? 'an image' : `${found.width} × ${found.height}`,
  };
}
