import type { InferRequest, InferResponse, OipTensor } from './oip.ts';
import { isDatatype, type OipDatatype } from './oip-datatypes.ts';
import { ServingError } from './serving-error.ts';

/** Raw data is little-endian, as the memory of every machine we run on. */
const arrays = {
  BOOL: Uint8Array,
  UINT8: Uint8Array,
  UINT16: Uint16Array,
  UINT32: Uint32Array,
  UINT64: BigUint64Array,
  INT8: Int8Array,
  INT16: Int16Array,
  INT32: Int32Array,
  INT64: BigInt64Array,
  FP32: Float32Array,
  FP64: Float64Array,
} satisfies Record<Exclude<OipDatatype, 'BYTES'>, unknown>;

/**
 * Reads a request body of the protocol's binary tensor extension: `headerSizeBytes` of JSON (the HTTP header
 * Inference-Header-Content-Length), then the raw data of every input that gives a `binary_data_size`, in order.
 *
 * @throws ServingError 'input' when the sizes do not add up
 */
export function readBinaryRequest(body: Uint8Array, headerSizeBytes: number): InferRequest {
  const request = parseHeader(body.subarray(0, headerSizeBytes));
  let at = headerSizeBytes;
  const inputs = request.inputs.map((tensor): OipTensor => {
    const sizeBytes = tensor.parameters?.binary_data_size;
    if (sizeBytes === undefined) return tensor;
    if (typeof sizeBytes !== 'number' || !Number.isInteger(sizeBytes) || sizeBytes < 0)
      throw new ServingError('input', `the input "${tensor.name}" has a binary_data_size of ${sizeBytes}`);
    if (at + sizeBytes > body.length)
      throw new ServingError('input', `the body ends within the binary data of the input "${tensor.name}"`);
    const raw = body.subarray(at, at + sizeBytes);
    at += sizeBytes;
    return { ...tensor, data: readElements(tensor, raw) };
  });
  if (at !== body.length)
    throw new ServingError('input', `the body has ${body.length - at} bytes beyond its tensors`);
  return { ...request, inputs };
}

/**
 * Writes a response body in the form the request asked for, output by output (`binary_data`) or for all
 * (`binary_data_output`). `headerSizeBytes` is undefined when all of it is JSON.
 */
export function writeResponse(
  response: InferResponse,
  request: InferRequest,
): { body: Uint8Array; headerSizeBytes: number | undefined } {
  const raws: Uint8Array[] = [];
  const outputs = response.outputs.map((tensor) => {
    const wanted = request.outputs?.find((output) => output.name === tensor.name);
    if (!(wanted?.parameters?.binary_data ?? request.parameters?.binary_data_output)) return tensor;
    const raw = writeElements(tensor);
    raws.push(raw);
    const { name, datatype, shape } = tensor;
    return { name, datatype, shape, parameters: { binary_data_size: raw.length } };
  });
  const header = new TextEncoder().encode(JSON.stringify({ ...response, outputs }));
  const isBinary = raws.length > 0;
  return {
    body: isBinary ? Buffer.concat([header, ...raws]) : header,
    headerSizeBytes: isBinary ? header.length : undefined,
  };
}

function parseHeader(bytes: Uint8Array): InferRequest {
  try {
    const request = JSON.parse(new TextDecoder().decode(bytes)) as InferRequest;
    if (Array.isArray(request?.inputs)) return request;
  } catch (cause) {
    throw new ServingError('input', 'the request is not JSON', { cause });
  }
  throw new ServingError('input', 'the request needs a list "inputs" of tensors');
}

function readElements({ name, datatype }: OipTensor, raw: Uint8Array): unknown[] {
  if (!isDatatype(datatype))
    throw new ServingError('input', `the input "${name}" is ${String(datatype)}, which is not served`);
  if (datatype === 'BYTES') return readStrings(name, raw);
  const TypedArray = arrays[datatype];
  if (raw.length % TypedArray.BYTES_PER_ELEMENT !== 0)
    throw new ServingError(
      'input',
      `the input "${name}" has ${raw.length} bytes, no multiple of ${TypedArray.BYTES_PER_ELEMENT}`,
    );
  // Copied, because a typed array must begin at a multiple of its element size.
  const values = Array.from<number | bigint>(new TypedArray(Uint8Array.from(raw).buffer));
  // As JSON would have it: not-a-number is a missing value.
  return values.map(Number).map((value) => (Number.isNaN(value) ? null : value));
}

/** Each element is its length in 4 bytes, then that many bytes of UTF-8. */
function readStrings(name: string, raw: Uint8Array): string[] {
  const view = new DataView(raw.buffer, raw.byteOffset, raw.byteLength);
  const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
  const strings: string[] = [];
  for (let at = 0; at < raw.length; ) {
    const end = at + 4 <= raw.length ? at + 4 + view.getUint32(at, true) : Number.POSITIVE_INFINITY;
    if (end > raw.length)
      throw new ServingError('input', `the binary data of the input "${name}" ends within an element`);
    strings.push(decoder.decode(raw.subarray(at + 4, end)));
    at = end;
  }
  return strings;
}

function writeElements({ datatype, data }: OipTensor): Uint8Array {
  if (datatype === 'BYTES')
    return Buffer.concat(
      data.flatMap((value) => {
        const text = Buffer.from(String(value));
        const length = Buffer.alloc(4);
        length.writeUInt32LE(text.length);
        return [length, text];
      }),
    );
  const numbers = data.map(Number);
  const values =
    datatype === 'INT64' || datatype === 'UINT64'
      ? arrays[datatype].from(numbers.map(BigInt))
      : arrays[datatype].from(numbers);
  return new Uint8Array(values.buffer);
}
