import type { DType } from '@banyan/engine';
import { ServingError } from './serving-error.ts';

/** The Open Inference Protocol's element types that JSON can carry; FP16 and BF16 travel in binary only. */
export type OipDatatype =
  | 'BOOL'
  | 'UINT8'
  | 'UINT16'
  | 'UINT32'
  | 'UINT64'
  | 'INT8'
  | 'INT16'
  | 'INT32'
  | 'INT64'
  | 'FP32'
  | 'FP64'
  | 'BYTES';

const within =
  (low: number, high: number) =>
  (value: unknown): boolean =>
    typeof value === 'number' && Number.isInteger(value) && value >= low && value <= high;

/** JSON has no NaN: null stands for a missing value, as it does in rows. */
const isReal = (value: unknown): boolean =>
  value === null || (typeof value === 'number' && Number.isFinite(value));

/** Which JSON values an element of each type may be. Integers of 64 bits are exact up to 2^53. */
export const accepts: Readonly<Record<OipDatatype, (value: unknown) => boolean>> = {
  BOOL: (value) => typeof value === 'boolean' || value === 0 || value === 1,
  UINT8: within(0, 0xff),
  UINT16: within(0, 0xffff),
  UINT32: within(0, 0xffff_ffff),
  UINT64: within(0, Number.MAX_SAFE_INTEGER),
  INT8: within(-0x80, 0x7f),
  INT16: within(-0x8000, 0x7fff),
  INT32: within(-0x8000_0000, 0x7fff_ffff),
  INT64: within(Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER),
  FP32: isReal,
  FP64: isReal,
  BYTES: (value) => value === null || typeof value === 'string',
};

export const isDatatype = (name: unknown): name is OipDatatype =>
  typeof name === 'string' && Object.hasOwn(accepts, name);

const datatypes: Readonly<Record<Exclude<DType, 'float16' | 'bfloat16'>, OipDatatype>> = {
  float32: 'FP32',
  float64: 'FP64',
  int8: 'INT8',
  int16: 'INT16',
  int32: 'INT32',
  int64: 'INT64',
  uint8: 'UINT8',
  uint16: 'UINT16',
  uint32: 'UINT32',
  uint64: 'UINT64',
  bool: 'BOOL',
  string: 'BYTES',
};

/** The protocol's name of an element type. Throws ServingError 'format' for halves, which are not served. */
export function datatypeOf(name: string, dtype: DType): OipDatatype {
  if (dtype !== 'float16' && dtype !== 'bfloat16') return datatypes[dtype];
  throw new ServingError(
    'format',
    `${name} of the model is ${dtype}, which is not served: cast it to float32`,
  );
}
