import type { DType, NumericArray, TensorData } from './tensor.ts';

/** What each element type is elsewhere: its number in ONNX, its name in safetensors, its array here. */
export const dtypes = {
  float32: { onnx: 1, safetensors: 'F32', array: Float32Array },
  uint8: { onnx: 2, safetensors: 'U8', array: Uint8Array },
  int8: { onnx: 3, safetensors: 'I8', array: Int8Array },
  uint16: { onnx: 4, safetensors: 'U16', array: Uint16Array },
  int16: { onnx: 5, safetensors: 'I16', array: Int16Array },
  int32: { onnx: 6, safetensors: 'I32', array: Int32Array },
  int64: { onnx: 7, safetensors: 'I64', array: BigInt64Array },
  string: { onnx: 8, safetensors: undefined, array: undefined },
  bool: { onnx: 9, safetensors: 'BOOL', array: Uint8Array },
  float16: { onnx: 10, safetensors: 'F16', array: Uint16Array },
  float64: { onnx: 11, safetensors: 'F64', array: Float64Array },
  uint32: { onnx: 12, safetensors: 'U32', array: Uint32Array },
  uint64: { onnx: 13, safetensors: 'U64', array: BigUint64Array },
  bfloat16: { onnx: 16, safetensors: 'BF16', array: Uint16Array },
} satisfies Record<DType, { onnx: number; safetensors: string | undefined; array: unknown }>;

/** The element type a typed array holds unless it is said to hold another: bytes may be bool, 16 bits half floats. */
export const dtypeOfArray = (data: NumericArray): DType =>
  (Object.keys(dtypes) as DType[]).find((dtype) => data.constructor === dtypes[dtype].array) ?? 'float32';

/** The bytes of numeric data, without a copy. */
export function bytesOf(data: NumericArray): Uint8Array<ArrayBuffer> {
  return new Uint8Array(data.buffer as ArrayBuffer, data.byteOffset, data.byteLength);
}

/** Plain numbers as the typed array of `dtype`; typed arrays and strings are taken as they are. */
export function toData(
  values: readonly number[] | readonly string[] | NumericArray,
  dtype: DType,
): TensorData['data'] {
  if (ArrayBuffer.isView(values)) return values;
  if (dtype === 'string') return values.map(String);
  const numbers = values as readonly number[];
  if (dtype === 'int64') return BigInt64Array.from(numbers, (value) => BigInt(Math.trunc(value)));
  if (dtype === 'uint64') return BigUint64Array.from(numbers, (value) => BigInt(Math.trunc(value)));
  if (dtype === 'bfloat16') return Uint16Array.from(numbers, toBfloat16);
  if (dtype === 'float16') return Uint16Array.from(numbers, toFloat16);
  return dtypes[dtype].array.from(numbers);
}

/** The bits of a float32. */
const bitsOf = (value: number): number => new Uint32Array(Float32Array.of(value).buffer)[0] as number;

/** The upper half of a float32, rounded to even. */
function toBfloat16(value: number): number {
  const bits = bitsOf(value);
  return Number.isNaN(value) ? 0x7fc0 : ((bits + 0x7fff + ((bits >>> 16) & 1)) >>> 16) & 0xffff;
}

/** IEEE 754 binary16: 1 sign, 5 exponent and 10 fraction bits, rounded to even. */
function toFloat16(value: number): number {
  const sign = (bitsOf(value) >>> 16) & 0x8000;
  const size = Math.abs(value);
  if (Number.isNaN(value)) return 0x7e00;
  if (size >= 65_520) return sign | 0x7c00;
  const exponent = Math.max(-14, ((bitsOf(size) >>> 23) & 0xff) - 127);
  const units = roundToEven(size / 2 ** (exponent - 10));
  // A fraction that rounds up to 2048 units carries into the exponent by itself; below 1024 the number is subnormal.
  return sign | (units < 1024 ? units : ((exponent + 14) << 10) + units);
}

function roundToEven(value: number): number {
  const below = Math.floor(value);
  const rest = value - below;
  return rest > 0.5 || (rest === 0.5 && below % 2 === 1) ? below + 1 : below;
}

/** Shorthand for data made of plain numbers. */
export const tensorData = (
  dtype: DType,
  shape: readonly number[],
  values: readonly number[] | readonly string[] | NumericArray,
): TensorData => ({ dtype, shape, data: toData(values, dtype) });
