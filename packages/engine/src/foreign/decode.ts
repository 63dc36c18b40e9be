import { type DescField, type DescMessage, fromBinary, ScalarType } from '@bufbuild/protobuf';
import { BinaryReader, WireType } from '@bufbuild/protobuf/wire';
import { type ModelProto, ModelProtoSchema } from 'onnx-buf';
import { EngineError } from '../error.ts';

/** Graphs within graphs within attributes: real files go 10 or 20 messages deep. */
const MOST_DEPTH = 64;
/** What becomes an object (messages) or an element of a list: far beyond real files, far below the memory's end. */
const MOST_MESSAGES = 4_000_000;
const MOST_ELEMENTS = 64_000_000;

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
      messages: 0,
      elements: 0,
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
  messages: number;
  elements: number;
}

function walk(message: DescMessage, reader: BinaryReader, end: number, totals: Totals): void {
  if (++totals.depth > MOST_DEPTH) throw new Error(`messages lie more than ${MOST_DEPTH} deep`);
  if (++totals.messages > MOST_MESSAGES) throw new Error(`more than ${MOST_MESSAGES} messages`);
  while (reader.pos < end) {
    const [number, wireType] = reader.tag();
    const field = message.fields.find((field) => field.number === number);
    if (field === undefined || wireType !== WireType.LengthDelimited) {
      if (field?.fieldKind === 'list') count(totals, 1);
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
  // A packed list has at least one byte an element, floats four and doubles eight.
  const isPacked =
    field.fieldKind === 'list' && field.scalar !== ScalarType.STRING && field.scalar !== ScalarType.BYTES;
  if (field.fieldKind === 'list') count(totals, isPacked ? Math.ceil(length / bytesOfElement(field)) : 1);
  reader.pos += length;
}

function count(totals: Totals, elements: number): void {
  totals.elements += elements;
  if (totals.elements > MOST_ELEMENTS)
    throw new Error(`more than ${MOST_ELEMENTS} numbers outside raw_data: store large tensors as raw_data`);
}

const bytesOfElement = ({ scalar }: DescField): number =>
  scalar === ScalarType.FLOAT ? 4 : scalar === ScalarType.DOUBLE ? 8 : 1;

const strict = new TextDecoder('utf-8', { fatal: true });

function requireText(field: DescField, bytes: Uint8Array, start: number, length: number): void {
  try {
    strict.decode(bytes.subarray(start, start + length));
  } catch {
    throw new Error(`the ${field.name} at byte ${start} is not UTF-8`);
  }
}
