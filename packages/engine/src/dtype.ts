import type { DType, TensorData } from './tensor.ts';

type NumericArray = Float32Array | Int32Array | BigInt64Array | Uint8Array;

/** What each element type is elsewhere: its number in ONNX, its name in safetensors, its array here. */
export const dtypes = {
  float32: { onnx: 1, safetensors: 'F32', array: Float32Array },
  uint8: { onnx: 2, safetensors: 'U8', array: Uint8Array },
  int32: { onnx: 6, safetensors: 'I32', array: Int32Array },
  int64: { onnx: 7, safetensors: 'I64', array: BigInt64Array },
  string: { onnx: 8, safetensors: undefined, array: undefined },
  bool: { onnx: 9, safetensors: 'BOOL', array: Uint8Array },
} satisfies Record<DType, { onnx: number; safetensors: string | undefined; array: unknown }>;

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
  return dtypes[dtype].array.from(numbers);
}

/** Shorthand for data made of plain numbers. */
export const tensorData = (
  dtype: DType,
  shape: readonly number[],
  values: readonly number[] | readonly string[] | NumericArray,
): TensorData => ({ dtype, shape, data: toData(values, dtype) });
