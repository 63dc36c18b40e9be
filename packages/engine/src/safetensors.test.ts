import { expect, test } from 'vitest';
import { tensorData } from './dtype.ts';
import { readSafetensors, writeSafetensors } from './safetensors.ts';

const tensors = new Map([
  ['b', tensorData('float32', [2, 1], [1.5, Number.NaN])],
  ['a', tensorData('uint8', [3], [1, 2, 3])],
  ['c', tensorData('int64', [2], BigInt64Array.of(-1n, 2n ** 60n))],
  ['empty', tensorData('bool', [0], [])],
  ['scalar', tensorData('int32', [], [-7])],
]);

test('what is written is read', () => {
  const file = writeSafetensors(tensors, { format: 'pt', note: 'Größe' });
  const read = readSafetensors(file);
  expect(read.metadata).toEqual({ format: 'pt', note: 'Größe' });
  expect([...read.tensors.keys()].sort()).toEqual([...tensors.keys()].sort());
  for (const [name, value] of tensors) expect(read.tensors.get(name)).toEqual(value);
});

test("Node's Buffers are read wherever they lie in their memory", () => {
  const shifted = Buffer.concat([Buffer.alloc(1), writeSafetensors(tensors)]).subarray(1);
  const read = readSafetensors(shifted).tensors;
  for (const [name, value] of tensors) expect(read.get(name)).toEqual(value);
});

test('the layout is that of the format: names sorted, header padded to 8 bytes', () => {
  const file = writeSafetensors(new Map([['w', tensorData('float32', [1], [1])]]), {});
  const length = Number(new DataView(file.buffer).getBigUint64(0, true));
  expect(length % 8).toBe(0);
  expect(JSON.parse(new TextDecoder().decode(file.subarray(8, 8 + length)))).toEqual({
    __metadata__: {},
    w: { dtype: 'F32', shape: [1], data_offsets: [0, 4] },
  });
  expect([...file.subarray(8 + length)]).toEqual([0, 0, 0x80, 0x3f]);
  expect(writeSafetensors(new Map([...tensors].toReversed()))).toEqual(writeSafetensors(tensors));
});

/** A file with this header over `sizeBytes` of zeros. */
function fileOf(header: unknown, sizeBytes: number): Uint8Array {
  const json = new TextEncoder().encode(typeof header === 'string' ? header : JSON.stringify(header));
  const file = new Uint8Array(8 + json.length + sizeBytes);
  new DataView(file.buffer).setBigUint64(0, BigInt(json.length), true);
  file.set(json, 8);
  return file;
}

/** The seven numbers that these words stand for. */
function floatsOf(dtype: string, words: ArrayBufferView): number[] {
  const file = fileOf({ a: { dtype, shape: [7], data_offsets: [0, words.byteLength] } }, words.byteLength);
  file.set(new Uint8Array(words.buffer as ArrayBuffer), file.length - words.byteLength);
  return [...(readSafetensors(file).tensors.get('a')!.data as Float32Array)];
}

test('floats of other sizes become float32: the values that their bits stand for', () => {
  // One, the largest, the smallest normal, the smallest of all, minus zero, minus infinity, no number.
  const halves = Uint16Array.of(0x3c00, 0x7bff, 0x0400, 0x0001, 0x8000, 0xfc00, 0x7e00);
  expect(floatsOf('F16', halves)).toEqual([1, 65504, 2 ** -14, 2 ** -24, -0, -Infinity, Number.NaN]);
  const brains = Uint16Array.of(0x3f80, 0x4049, 0xc000, 0x0001, 0x8000, 0x7f80, 0x7fc0);
  expect(floatsOf('BF16', brains)).toEqual([1, 3.140625, -2, 2 ** -133, -0, Infinity, Number.NaN]);
  const doubles = Float64Array.of(1, 0.1, -2, 1e-300, -0, 1e300, Number.NaN);
  expect(floatsOf('F64', doubles)).toEqual([1, Math.fround(0.1), -2, 0, -0, Infinity, Number.NaN]);
});

test.each([
  ['cut short', new Uint8Array(3)],
  ['cut short', writeSafetensors(tensors).subarray(0, 40)],
  ['not JSON', fileOf('{"a":', 0)],
  ['the type F8, which is not read', fileOf({ a: { dtype: 'F8', shape: [1], data_offsets: [0, 1] } }, 1)],
  ['not JSON', fileOf('null', 0)],
  ['a lacks a dtype', fileOf({ a: null }, 0)],
  ['a lacks a dtype', fileOf({ a: { dtype: 'F32', shape: [-1], data_offsets: [0, 4] } }, 4)],
  ['a lacks a dtype', fileOf({ a: { dtype: 'F32', shape: [1] } }, 4)],
  ['lies at 0 to 8 of 4 bytes', fileOf({ a: { dtype: 'F32', shape: [2], data_offsets: [0, 8] } }, 4)],
  ['and needs 8', fileOf({ a: { dtype: 'F32', shape: [2], data_offsets: [0, 4] } }, 4)],
  [
    'b overlaps',
    fileOf(
      {
        a: { dtype: 'U8', shape: [4], data_offsets: [0, 4] },
        b: { dtype: 'U8', shape: [4], data_offsets: [2, 6] },
      },
      8,
    ),
  ],
])('a damaged file is refused: %s', (message, file) => {
  expect(() => readSafetensors(file)).toThrowError(
    expect.objectContaining({ code: 'format', message: expect.stringContaining(message) }),
  );
});
