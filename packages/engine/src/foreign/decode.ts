import { type DescField, type DescMessage, fromBinary, ScalarType } from '@bufbuild/protobuf';
import { BinaryReader, WireType } from '@bufbuild/protobuf/wire';
import { type ModelProto, ModelProtoSchema } from 'onnx-buf';
import { EngineError } from '../error.ts';

/** Graphs within graphs within attributes: real files go 10 or 20 messages deep. */
const MOST_DEPTH = 64;
/** What the decoded model may take in JavaScript's memory, beside raw data, which stays where it is. */
const MOST_BYTES = 1_000_000_000;
/** About what one takes: a message as an object, a name or a view, an element of a list of numbers. */
const cost = { message: 400, text: 100, varint: 32, float: 8 };

/**
 * The bytes as an ONNX model. They are first walked without keeping anything, so that what would be refused, or grow to
 * a multiple of its size in memory, is refused before it is built.
 *
 * @throws EngineError 'format' for bytes that are no model, cut short, too deep, or with names that are not UTF-8
 */
export function decodeModel(bytes: Uint8Array): ModelProto {
  try {
    walk(ModelProtoSchema, new BinaryReader(bytes), bytes.length, {
      bytes,
      depth: 0,
      taken: 0,
    });
    return fromBinary(ModelProtoSchema, bytes, { readUnknownFields: false });
  } catch (cause) {
    if (cause instanceof EngineError) throw cause;
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new EngineError('format', `not an ONNX file, or a damaged one: ${reason}`, { cause });
  }
}

interface Totals {
  readonly bytes: Uint8Array;
  depth: number;
  taken: number;
}

function walk(message: DescMessage, reader: BinaryReader, end: number, totals: Totals): void {
  if (++totals.depth > MOST_DEPTH) throw new Error(`messages lie more than ${MOST_DEPTH} deep`);
  take(totals, cost.message);
  while (reader.pos < end) {
    const [number, wireType] = reader.tag();
    const field = message.fields.find((field) => field.number === number);
    if (field === undefined || wireType !== WireType.LengthDelimited) {
      if (field?.fieldKind === 'list') take(totals, cost.varint);
      reader.skip(wireType, number, MOST_DEPTH);
    } else walkLengthDelimited(field, reader, totals);
    if (reader.pos > end) throw new Error(`${message.name} ends within its field ${number}`);
  }
  totals.depth--;
}

function walkLengthDelimited(field: DescField, reader: BinaryReader, totals: Totals): void {
  const length = reader.uint32();
  if (reader.pos + length > reader.len)
    throw new Error(`${field.name} declares ${length} bytes; ${reader.len - reader.pos} are left`);
  if (field.message !== undefined) return walk(field.message, reader, reader.pos + length, totals);
  if (field.scalar === ScalarType.STRING) requireText(field, totals.bytes, reader.pos, length);
  if (field.scalar === ScalarType.STRING || field.scalar === ScalarType.BYTES) take(totals, cost.text);
  // A packed list has four bytes a float, eight a double, and for everything else at least one.
  else if (field.scalar === ScalarType.FLOAT) take(totals, (length / 4) * cost.float);
  else if (field.scalar === ScalarType.DOUBLE) take(totals, (length / 8) * cost.float);
  else take(totals, length * cost.varint);
  reader.pos += length;
}

function take(totals: Totals, bytes: number): void {
  totals.taken += bytes;
  if (totals.taken > MOST_BYTES)
    throw new Error(
      `it would take more than ${MOST_BYTES / 1e9} GB to decode; large tensors belong into raw_data`,
    );
}

const strict = new TextDecoder('utf-8', { fatal: true });

function requireText(field: DescField, bytes: Uint8Array, start: number, length: number): void {
  try {
    strict.decode(bytes.subarray(start, start + length));
  } catch {
    throw new Error(`the ${field.name} at byte ${start} is not UTF-8`);
  }
}
