/**
 * As much of a WebAssembly assembler as the parameter update needs: four floats at a time, expressions written as
 * nested calls, one loop over memory. Opcodes are those of the core specification, section 5.4, and its SIMD part.
 */
export type Code = readonly number[];

/** Unsigned LEB128. */
function uint(value: number): Code {
  const low = value % 128;
  return value < 128 ? [low] : [low | 128, ...uint(Math.floor(value / 128))];
}

const vector = (items: readonly Code[]): Code => [...uint(items.length), ...items.flat()];
const section = (id: number, content: Code): Code => [id, ...uint(content.length), ...content];
const text = (value: string): Code => vector([...new TextEncoder().encode(value)].map((byte) => [byte]));
const simd = (opcode: number): Code => [0xfd, ...uint(opcode)];

const MAGIC_AND_VERSION = [0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0];
const [I32, F32, F64, V128] = [0x7f, 0x7d, 0x7c, 0x7b];

export const get = (local: number): Code => [0x20, ...uint(local)];
export const set = (local: number, value: Code): Code => [...value, 0x21, ...uint(local)];

/** Four floats at a pointer plus a fixed offset; the alignment hint is 2^4 bytes. */
export const load = (pointer: Code, offset: number): Code => [...pointer, ...simd(0x00), 4, ...uint(offset)];
export const store = (pointer: Code, offset: number, value: Code): Code => [
  ...pointer,
  ...value,
  ...simd(0x0b),
  4,
  ...uint(offset),
];

const binary =
  (opcode: number) =>
  (a: Code, b: Code): Code => [...a, ...b, ...simd(opcode)];
const unary =
  (opcode: number) =>
  (a: Code): Code => [...a, ...simd(opcode)];

// f32x4
export const splat = unary(0x13);
export const sqrt = unary(0xe3);
export const add = binary(0xe4);
export const sub = binary(0xe5);
export const mul = binary(0xe6);
export const div = binary(0xe7);
export const min = binary(0xe8);
export const max = binary(0xe9);
/** All bits of a float set where the comparison holds, none where not. */
export const less = binary(0x43);
export const greater = binary(0x44);
export const and = binary(0x4e);
/** A single float, for `splat`. */
export const float = (value: number): Code => [0x43, ...new Uint8Array(Float32Array.of(value).buffer)];

// f64x2
export const addDoubles = binary(0xf0);
export const mulDoubles = binary(0xf2);
/** The lower two of four floats as doubles. */
export const lowAsDoubles = unary(0x5f);
const UPPER_TWICE = [8, 9, 10, 11, 12, 13, 14, 15, 8, 9, 10, 11, 12, 13, 14, 15];
/** The upper two of four floats moved to the lower places. */
export const upperHalf = (a: Code): Code => [...a, ...a, ...simd(0x0d), ...UPPER_TWICE];
const doubleLane = (a: Code, lane: number): Code => [...a, ...simd(0x21), lane];
/** The two doubles of a vector added. */
export const sumOfDoubles = (a: Code): Code => [...doubleLane(a, 0), ...doubleLane(a, 1), 0xa0];

export interface WasmFunction {
  name: string;
  /** Single-precision parameters after the pointers `from` (local 0) and `to` (local 1). */
  scalars: number;
  /** Vector locals, numbered after the parameters. */
  vectors: number;
  /** Done for every 16 bytes with local 0 as the pointer. */
  each: Code;
  /** Leaves a double on the stack at the end. */
  result?: Code;
}

/** The bytes of a module that imports `env.memory` and exports the functions `(from, to, ...scalars)`. */
export function assemble(functions: readonly WasmFunction[]): Uint8Array<ArrayBuffer> {
  const types = functions.map(({ scalars, result }) => [
    0x60,
    ...vector([[I32], [I32], ...Array.from({ length: scalars }, () => [F32])]),
    ...vector(result === undefined ? [] : [[F64]]),
  ]);
  const bodies = functions.map(({ vectors, each, result = [] }) => {
    const locals = vector([[...uint(vectors), V128]]);
    const next = set(0, [...get(0), 0x41, 16, 0x6a]);
    const done = [...get(0), ...get(1), 0x4f, 0x0d, 1];
    const loop = [0x02, 0x40, 0x03, 0x40, ...done, ...each, ...next, 0x0c, 0, 0x0b, 0x0b];
    const code = [...locals, ...loop, ...result, 0x0b];
    return [...uint(code.length), ...code];
  });
  return Uint8Array.from([
    ...MAGIC_AND_VERSION,
    ...section(1, vector(types)),
    ...section(2, vector([[...text('env'), ...text('memory'), 0x02, 0x00, 0]])),
    ...section(3, vector(functions.map((_, index) => uint(index)))),
    ...section(7, vector(functions.map(({ name }, index) => [...text(name), 0x00, ...uint(index)]))),
    ...section(10, vector(bodies)),
  ]);
}
