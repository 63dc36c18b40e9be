import { bytesOf, dtypes } from './dtype.ts';
import { EngineError } from './error.ts';
import { sizeOfShape } from './shape.ts';
import type { DType, TensorData } from './tensor.ts';

interface Entry {
  dtype: string;
  shape: number[];
  data_offsets: [number, number];
}

/**
 * A safetensors file: the header's length (8 bytes, little-endian), a JSON header padded with spaces to a multiple of
 * 8, then the tensors in the order of their names. Equal content gives equal bytes.
 *
 * @throws EngineError 'format' for strings, which the format does not have
 */
export function writeSafetensors(
  tensors: ReadonlyMap<string, TensorData>,
  metadata: Readonly<Record<string, string>> = { format: 'pt' },
): Uint8Array {
  const header: Record<string, unknown> = { __metadata__: metadata };
  const parts: Uint8Array[] = [];
  let offset = 0;
  for (const name of [...tensors.keys()].sort()) {
    const { dtype, shape, data } = tensors.get(name) as TensorData;
    if (Array.isArray(data))
      throw new EngineError('format', `safetensors cannot hold the strings of ${name}`);
    const bytes = bytesOf(data);
    const end = offset + bytes.length;
    header[name] = { dtype: dtypes[dtype].safetensors, shape, data_offsets: [offset, end] };
    parts.push(bytes);
    offset = end;
  }
  const json = new TextEncoder().encode(JSON.stringify(header));
  const start = 8 + Math.ceil(json.length / 8) * 8;
  const file = new Uint8Array(start + offset).fill(0x20, 8, start);
  new DataView(file.buffer).setBigUint64(0, BigInt(start - 8), true);
  file.set(json, 8);
  let position = start;
  for (const part of parts) {
    file.set(part, position);
    position += part.length;
  }
  return file;
}

/**
 * Reads a safetensors file. Floats of other sizes (F16, BF16, F64) become float32.
 *
 * @throws EngineError 'format' where it is cut short, overlaps, is no such file or has a type that we do not
 */
export function readSafetensors(bytes: Uint8Array): {
  tensors: Map<string, TensorData>;
  metadata: Record<string, string>;
} {
  const { header, body } = readHeader(bytes);
  const { __metadata__: metadata = {}, ...entries } = header;
  const tensors = new Map<string, TensorData>();
  let end = 0;
  const inOrder = Object.entries(entries)
    .map(([name, entry]) => [name, requireEntry(name, entry)] as const)
    .sort(([, a], [, b]) => a.data_offsets[0] - b.data_offsets[0]);
  for (const [name, entry] of inOrder) {
    const data = readEntry(name, entry, body);
    if (entry.data_offsets[0] < end)
      throw new EngineError('format', `safetensors: ${name} overlaps another tensor`);
    end = entry.data_offsets[1];
    tensors.set(name, data);
  }
  return { tensors, metadata: metadata as Record<string, string> };
}

function readHeader(bytes: Uint8Array): { header: Record<string, unknown>; body: Uint8Array } {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const length = bytes.length < 8 ? Number.NaN : Number(view.getBigUint64(0, true));
  if (!(8 + length <= bytes.length)) throw new EngineError('format', 'safetensors: the file is cut short');
  try {
    const header = JSON.parse(new TextDecoder().decode(bytes.subarray(8, 8 + length))) as unknown;
    if (typeof header !== 'object' || header === null) throw new TypeError('it is no object');
    return { header: header as Record<string, unknown>, body: bytes.subarray(8 + length) };
  } catch (cause) {
    throw new EngineError('format', 'safetensors: the header is not JSON', { cause });
  }
}

function requireEntry(name: string, entry: unknown): Entry {
  const { dtype, shape, data_offsets } = (entry ?? {}) as Partial<Entry>;
  if (typeof dtype === 'string' && isCounts(shape) && isCounts(data_offsets) && data_offsets.length === 2)
    return { dtype, shape, data_offsets };
  throw new EngineError('format', `safetensors: ${name} lacks a dtype, a shape or its two data_offsets`);
}

const isCounts = (list: unknown): list is number[] =>
  Array.isArray(list) && list.every((value) => Number.isSafeInteger(value) && value >= 0);

function readEntry(name: string, { dtype: code, shape, data_offsets }: Entry, body: Uint8Array): TensorData {
  const found = Object.entries(dtypes).find(([, { safetensors }]) => safetensors === code);
  const array = found?.[1].array ?? floats[code]?.array;
  if (array === undefined)
    throw new EngineError('format', `safetensors: ${name} has the type ${code}, which is not read`);
  const [from, to] = data_offsets;
  const sizeBytes = sizeOfShape(shape) * array.BYTES_PER_ELEMENT;
  if (!(to <= body.length && to - from === sizeBytes))
    throw new EngineError(
      'format',
      `safetensors: ${name} lies at ${from} to ${to} of ${body.length} bytes and needs ${sizeBytes}`,
    );
  // A copy of its own: elements must be aligned, and a Buffer's slice() would be a view.
  const { buffer } = new Uint8Array(body.subarray(from, to));
  const widen = floats[code]?.widen;
  if (widen !== undefined) return { dtype: 'float32', shape, data: widen(buffer) };
  return { dtype: found![0] as DType, shape, data: new (array as Float32ArrayConstructor)(buffer) };
}

/** Floats that are kept as float32 here: the array their bytes lie in, and the way over. */
const floats: Record<
  string,
  { array: { BYTES_PER_ELEMENT: number }; widen: (bytes: ArrayBuffer) => Float32Array }
> = {
  BF16: { array: Uint16Array, widen: (bytes) => fromBits(new Uint16Array(bytes), (half) => half << 16) },
  F16: { array: Uint16Array, widen: (bytes) => fromBits(new Uint16Array(bytes), singleOfHalf) },
  F64: { array: Float64Array, widen: (bytes) => Float32Array.from(new Float64Array(bytes)) },
};

function fromBits(halves: Uint16Array, single: (half: number) => number): Float32Array {
  const bits = new Uint32Array(halves.length);
  for (let i = 0; i < halves.length; i++) bits[i] = single(halves[i] as number);
  return new Float32Array(bits.buffer);
}

/** The bits of a float32 from those of a float16 (IEEE 754): the exponent's bias grows from 15 to 127. */
function singleOfHalf(half: number): number {
  const sign = (half & 0x8000) << 16;
  const magnitude = (half & 0x7fff) << 13;
  if (magnitude >= 0x0f80_0000) return sign | 0x7000_0000 | magnitude; // infinite, NaN
  if (magnitude >= 0x0080_0000) return sign | (magnitude + 0x3800_0000);
  // Zero and what is below 2^-14: frac 2^-24.
  scratch[0] = (half & 0x03ff) * 2 ** -24;
  return sign | (scratchBits[0] as number);
}

const scratch = new Float32Array(1);
const scratchBits = new Uint32Array(scratch.buffer);
