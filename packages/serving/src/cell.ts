import type { InputColumn } from './input-columns.ts';
import { ServingError } from './serving-error.ts';

/** What a missing value is inside the graph; the model's preparation imputes it. */
const MISSING_NUMBER = Number.NaN;
const MISSING_STRING = '';

/** null, undefined and blank text are missing values. */
export const isMissing = (value: unknown): boolean =>
  value === null || value === undefined || (typeof value === 'string' && value.trim() === '');

/**
 * One raw value as the graph takes it: a list of `column.sizePerRow` numbers, or one string. Numbers may come as text
 * that parses; true and false count as 1 and 0.
 *
 * @param where says which value it is in messages, as `row 3, column "mass"`
 * @throws ServingError 'input'
 */
export function parseCell(value: unknown, column: InputColumn, where: string): (number | string)[] {
  if (column.type === 'string') return [parseString(value, where)];
  if (column.type === 'image') return parseImage(value, column, where);
  if (column.sizePerRow === 1 && !Array.isArray(value)) return [parseNumber(value, where)];
  const numbers = flatten(value).map((item) => parseNumber(item, where));
  requireCount(numbers.length, column, where);
  return numbers;
}

function parseNumber(value: unknown, where: string): number {
  if (isMissing(value) || Number.isNaN(value)) return MISSING_NUMBER;
  const number = typeof value === 'string' || typeof value === 'boolean' ? Number(value) : value;
  if (typeof number === 'bigint') return Number(number);
  if (typeof number === 'number' && Number.isFinite(number)) return number;
  throw new ServingError('input', `${where} needs a number, not ${show(value)}`);
}

const isScalar = (value: unknown): value is string | number | boolean | bigint =>
  ['string', 'number', 'boolean', 'bigint'].includes(typeof value);

function parseString(value: unknown, where: string): string {
  if (isMissing(value)) return MISSING_STRING;
  if (!isScalar(value)) throw new ServingError('input', `${where} needs text, not ${show(value)}`);
  // The runtime cuts strings at a NUL, which would make two different values equal.
  const text = String(value);
  if (text.includes('\0')) throw new ServingError('input', `${where} holds a NUL character`);
  return text;
}

/** Pixels 0 to 255: numbers, nested by rows or not, or the bytes themselves, in base64 where the request is JSON. */
function parseImage(value: unknown, column: InputColumn, where: string): number[] {
  const pixels =
    typeof value === 'string'
      ? bytesOfBase64(value, where)
      : value instanceof Uint8Array
        ? [...value]
        : flatten(value);
  if (pixels.length !== column.sizePerRow) throw wrongSize(pixels, column, where);
  return pixels.map((pixel) => {
    if (typeof pixel === 'number' && Number.isInteger(pixel) && pixel >= 0 && pixel <= 255) return pixel;
    throw new ServingError('input', `${where} needs pixels from 0 to 255, not ${show(pixel)}`);
  });
}

/** A model knows one size: what comes in another, or as a file, is resized before, as its recipe says. */
function wrongSize(
  pixels: readonly unknown[],
  { sizePerRow, shape }: InputColumn,
  where: string,
): ServingError {
  const [first, second] = pixels;
  const format =
    first === 0x89 && second === 0x50 ? 'PNG' : first === 0xff && second === 0xd8 ? 'JPEG' : undefined;
  const wanted = `it takes the pixels themselves, ${shape.join(' x ')}, each a number of 0 to 255`;
  return new ServingError(
    'input',
    format === undefined
      ? `${where} needs ${sizePerRow} values, not ${pixels.length}: ${wanted}`
      : `${where} is a ${format} file; ${wanted}: decode it and bring it to this size first`,
  );
}

function bytesOfBase64(text: string, where: string): number[] {
  if (text.length % 4 !== 0 || !/^[A-Za-z0-9+/]*={0,2}$/.test(text))
    throw new ServingError('input', `${where} is text that is not base64`);
  return [...Buffer.from(text, 'base64')];
}

const flatten = (value: unknown): unknown[] =>
  Array.isArray(value) ? value.flat(Number.POSITIVE_INFINITY) : [value];

function requireCount(count: number, { sizePerRow }: InputColumn, where: string): void {
  if (count !== sizePerRow)
    throw new ServingError('input', `${where} needs ${sizePerRow} values, not ${count}`);
}

function show(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value);
  return text.length > 60 ? `${text.slice(0, 57)}...` : text;
}
