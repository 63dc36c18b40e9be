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

/** Reads a safetensors file. Throws EngineError 'format' where it is cut short, overlaps or names an unknown type. */
export function readSafetensors(bytes: Uint8Array): {
  tensors: Map<string, TensorData>;
  metadata: Record<string, string>;
} {
  const { header, body } = readHeader(bytes);
  const { __metadata__: metadata = {}, ...entries } = header;
  const tensors = new Map<string, TensorData>();
  let end = 0;
  const inOrder = (Object.entries(entries) as [string, Entry][]).sort(
    ([, a], [, b]) => (a.data_offsets?.[0] ?? 0) - (b.data_offsets?.[0] ?? 0),
  );
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
    const header = JSON.parse(new TextDecoder().decode(bytes.subarray(8, 8 + length))) as Record<
      string,
      unknown
    >;
    return { header, body: bytes.subarray(8 + length) };
  } catch (cause) {
    throw new EngineError('format', 'safetensors: the header is not JSON', { cause });
  }
}

function readEntry(name: string, entry: Entry, body: Uint8Array): TensorData {
  const found = Object.entries(dtypes).find(([, { safetensors }]) => safetensors === entry.dtype);
  if (found?.[1].array === undefined)
    throw new EngineError('format', `safetensors: ${name} has the unknown type ${entry.dtype}`);
  const [dtype, { array }] = found as [DType, { array: Float32ArrayConstructor }];
  const [from, to] = entry.data_offsets;
  const sizeBytes = sizeOfShape(entry.shape) * array.BYTES_PER_ELEMENT;
  if (!(from >= 0 && to <= body.length && to - from === sizeBytes))
    throw new EngineError(
      'format',
      `safetensors: ${name} lies at ${from} to ${to} of ${body.length} bytes and needs ${sizeBytes}`,
    );
  // A copy of its own: elements must be aligned, and a Buffer's slice() would be a view.
  const own = new Uint8Array(body.subarray(from, to));
  return { dtype, shape: entry.shape, data: new array(own.buffer) };
}
