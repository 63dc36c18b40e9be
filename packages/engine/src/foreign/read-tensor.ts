import {
  TensorProto_DataLocation as DataLocation,
  TensorProto_DataType as DataType,
  type TensorProto,
} from 'onnx-buf';
import { dtypes } from '../dtype.ts';
import { EngineError } from '../error.ts';
import { formatShape } from '../shape.ts';
import type { DType, TensorData } from '../tensor.ts';

/** The element type with this number in ONNX. Throws EngineError 'dtype' for those that we, or the runtime, lack. */
export function dtypeOfOnnx(number: number, what: string): DType {
  const found = (Object.keys(dtypes) as DType[]).find((dtype) => dtypes[dtype].onnx === number);
  if (found !== undefined) return found;
  const name = DataType[number]?.toLowerCase() ?? `type ${number}`;
  throw new EngineError('dtype', `${what} has elements of ${name}, which are not supported`, { node: what });
}

/**
 * The numbers (or strings) of a tensor in a file, whatever way they are stored: raw bytes or a typed field.
 *
 * @throws EngineError 'format' where they lie outside the file or do not fill the declared shape; 'dtype'
 */
export function readTensor(proto: TensorProto, what = proto.name): TensorData {
  const dtype = dtypeOfOnnx(proto.dataType, what);
  const fail = (reason: string): never => {
    throw new EngineError('format', `the tensor ${what} ${reason}`, { node: what });
  };
  if (proto.dataLocation === DataLocation.EXTERNAL || proto.externalData.length > 0)
    fail('lies in another file (external data): save the model as one file');
  if (proto.segment !== undefined) fail('is stored in segments, which ONNX Runtime does not read either');
  const shape = proto.dims.map(Number);
  if (shape.some((dim) => dim < 0 || !Number.isSafeInteger(dim))) fail(`has the shape ${formatShape(shape)}`);
  // Multiplied from the left an impossible product shows before a zero hides it.
  const size = shape.includes(0) ? 0 : shape.reduce((product, dim) => product * dim, 1);

  if (dtype === 'string') {
    if (proto.stringData.length !== size)
      fail(`${formatShape(shape)} needs ${size} strings and has ${proto.stringData.length}`);
    return { dtype, shape, data: proto.stringData.map((bytes) => textOf(bytes, what)) };
  }
  const { array } = dtypes[dtype];
  if (proto.rawData.length > 0) {
    const needed = size * array.BYTES_PER_ELEMENT;
    if (proto.rawData.length !== needed)
      fail(`${formatShape(shape)} of ${dtype} needs ${needed} bytes and has ${proto.rawData.length}`);
    // A copy of its own: elements must be aligned, and nobody else's bytes change with ours.
    return { dtype, shape, data: new array(new Uint8Array(proto.rawData).buffer) };
  }
  const numbers = typedField(proto, dtype);
  if (numbers.length !== size)
    fail(`${formatShape(shape)} of ${dtype} needs ${size} elements and has ${numbers.length}`);
  return { dtype, shape, data: (array as { from(values: unknown): TensorData['data'] }).from(numbers) };
}

/** Where ONNX keeps elements that are not raw. */
function typedField(proto: TensorProto, dtype: DType): readonly number[] | readonly bigint[] {
  if (dtype === 'float32') return proto.floatData;
  if (dtype === 'float64') return proto.doubleData;
  if (dtype === 'int64') return proto.int64Data;
  if (dtype === 'uint64') return proto.uint64Data;
  return dtype === 'uint32' ? proto.uint64Data.map(Number) : proto.int32Data;
}

const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Bytes as text. Throws EngineError 'format' where they are none. */
export function textOf(bytes: Uint8Array, what: string): string {
  try {
    return strict.decode(bytes);
  } catch (cause) {
    throw new EngineError('format', `a string of ${what} is not UTF-8`, { node: what, cause });
  }
}
