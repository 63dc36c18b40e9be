import {
  DuckDBArrayValue,
  DuckDBBlobValue,
  DuckDBDecimalValue,
  DuckDBListValue,
  DuckDBMapValue,
  DuckDBStructValue,
  DuckDBUnionValue,
  type DuckDBValue,
} from '@duckdb/node-api';
import { encodePng, isPicture } from '../images/encode-png.ts';
import { readImageHeader } from '../images/header.ts';
import type { Cell } from './question.ts';
import type { Picture } from './thumbnail.ts';

export interface CellOptions {
  /** Longer texts are cut, longer lists too. */
  mostCharacters: number;
  mostItems: number;
  show: (bytes: Uint8Array) => Picture;
  /** Of columns of raw pixels: [height, width] or [height, width, channels]. */
  shape?: number[] | undefined;
}

const blobPreviewBytes = 16;

/**
 * A DuckDB value as JSON. Whole numbers beyond 2^53, dates and times are text; bytes are told by size and beginning;
 * images come as `{ src, width, height }` where `src` is a data URL. `cut` says whether something was left out.
 */
export function toCell(value: DuckDBValue, options: CellOptions): { cell: Cell; cut: boolean } {
  const state = { cut: false };
  return { cell: convert(value, options, state), cut: state.cut };
}

function convert(value: DuckDBValue, options: CellOptions, state: { cut: boolean }): Cell {
  if (value === null || value === undefined) return null;
  if (typeof value === 'boolean') return value;
  if (typeof value === 'string') return cutText(value, options, state);
  if (typeof value === 'number') return Number.isFinite(value) ? value : String(value);
  if (typeof value === 'bigint') return Number.isSafeInteger(Number(value)) ? Number(value) : String(value);
  if (value instanceof DuckDBDecimalValue) return value.width <= 15 ? value.toDouble() : value.toString();
  if (value instanceof DuckDBBlobValue) return convertBytes(value.bytes, options);
  if (value instanceof DuckDBListValue || value instanceof DuckDBArrayValue) {
    if (value.items.length > options.mostItems) state.cut = true;
    return value.items.slice(0, options.mostItems).map((item) => convert(item, options, state));
  }
  if (value instanceof DuckDBStructValue) return convertStruct(value, options, state);
  if (value instanceof DuckDBMapValue) {
    if (value.entries.length > options.mostItems) state.cut = true;
    return value.entries.slice(0, options.mostItems).map(({ key, value: item }) => ({
      key: convert(key, options, state),
      value: convert(item, options, state),
    }));
  }
  if (value instanceof DuckDBUnionValue) return convert(value.value, options, state);
  // Dates, times and the like write themselves in ISO 8601.
  return cutText(value.toString(), options, state);
}

/** U+0000 is no text for databases and terminals. */
function cutText(raw: string, { mostCharacters }: CellOptions, state: { cut: boolean }): string {
  const text = raw.replaceAll('\0', '\uFFFD');
  if (text.length <= mostCharacters) return text;
  state.cut = true;
  // Half of a surrogate pair is no character.
  return text.slice(0, mostCharacters).replace(/[\uD800-\uDBFF]$/, '');
}

function convertStruct(value: DuckDBStructValue, options: CellOptions, state: { cut: boolean }): Cell {
  const { bytes, path, ...rest } = value.entries;
  if (bytes instanceof DuckDBBlobValue && path !== undefined && Object.keys(rest).length === 0)
    return picture(bytes.bytes, options);
  return Object.fromEntries(
    Object.entries(value.entries).map(([name, item]) => [name, convert(item, options, state)]),
  );
}

function convertBytes(bytes: Uint8Array, options: CellOptions): Cell {
  const { shape } = options;
  if (shape && isPicture(bytes.length, shape)) return picture(encodePng(bytes, shape), options);
  if (readImageHeader(bytes)) return picture(bytes, options);
  const preview = Buffer.from(bytes.subarray(0, blobPreviewBytes)).toString('hex');
  return { type: 'blob', size: bytes.length, preview };
}

function picture(bytes: Uint8Array, { show }: CellOptions): Cell {
  const { src, width, height } = show(bytes);
  return {
    ...(src === undefined ? { type: 'image', size: bytes.length } : { src }),
    ...(width === undefined ? {} : { width }),
    ...(height === undefined ? {} : { height }),
  };
}
