import { gearTable } from './gear-table.ts';

/**
 * The rolling Gear hash as a few lines of WebAssembly, because JavaScript has no fast 64-bit integers: for each byte
 * `hash = (hash << 1) + table[byte]`, until the upper 16 bits are zero (one place in 65,536 on random bytes).
 */
export interface Gear {
  /** Where bytes to be scanned are put. */
  window: Uint8Array<ArrayBuffer>;
  /** Goes on over `window[start..end)`. Returns the index after the byte that made a boundary, or -1. */
  scan(start: number, end: number): number;
  /** Starts anew, as at the beginning of a chunk. */
  reset(): void;
}

const tableBytes = 256 * 8;
const pageBytes = 65_536;

const op = {
  block: [0x02, 0x40],
  loop: [0x03, 0x40],
  if: [0x04, 0x40],
  end: 0x0b,
  br: 0x0c,
  brIf: 0x0d,
  return: 0x0f,
  get: 0x20,
  set: 0x21,
  globalGet: 0x23,
  globalSet: 0x24,
  loadI64: [0x29, 0x03, 0x00],
  loadU8: 0x2d,
  i32: 0x41,
  i64: 0x42,
  equal: 0x46,
  add: 0x6a,
  shiftLeft: 0x74,
  isZero64: 0x50,
  add64: 0x7c,
  shiftLeft64: 0x86,
  shiftRight64: 0x88,
} as const;
const [i32, i64] = [0x7f, 0x7e];
const minusOne = 0x7f;
const header = [0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0];

/** An unsigned number as WebAssembly writes it; of signed ones, those below 64 look the same. */
const leb = (value: number): number[] => (value < 128 ? [value] : [(value & 127) | 128, ...leb(value >>> 7)]);
const section = (id: number, ...content: number[]): number[] => [id, ...leb(content.length), ...content];
const text = (name: string): number[] => [name.length, ...new TextEncoder().encode(name)];

function program(pages: number): Uint8Array<ArrayBuffer> {
  const [at, end, hash] = [0, 1, 2];
  const body = [
    [1, 1, i64], // One local: the hash.
    [op.globalGet, 0, op.set, hash],
    op.block,
    op.loop,
    [op.get, at, op.get, end, op.equal, op.brIf, 1],
    [op.get, hash, op.i64, 1, op.shiftLeft64],
    [op.get, at, op.loadU8, 0, ...leb(tableBytes), op.i32, 3, op.shiftLeft, ...op.loadI64],
    [op.add64, op.set, hash],
    [op.get, at, op.i32, 1, op.add, op.set, at],
    [op.get, hash, op.i64, 48, op.shiftRight64, op.isZero64],
    [...op.if, op.get, hash, op.globalSet, 0, op.get, at, op.return, op.end],
    [op.br, 0],
    [op.end, op.end],
    [op.get, hash, op.globalSet, 0, op.i32, minusOne, op.end],
  ].flat();
  return Uint8Array.from([
    ...header,
    ...section(1, 1, 0x60, 2, i32, i32, 1, i32),
    ...section(3, 1, 0),
    ...section(5, 1, 0, ...leb(pages)),
    ...section(6, 1, i64, 1, op.i64, 0, op.end),
    ...section(7, 3, ...text('scan'), 0, 0, ...text('memory'), 2, 0, ...text('hash'), 3, 0),
    ...section(10, 1, ...leb(body.length), ...body),
  ]);
}

interface Exports {
  scan: (start: number, end: number) => number;
  memory: WebAssembly.Memory;
  hash: WebAssembly.Global<'i64'>;
}

const modules = new Map<number, WebAssembly.Module>();

/** A scanner with a window of at least `windowBytes`. Modules this small compile at once in every browser. */
export function openGear(windowBytes: number): Gear {
  const pages = Math.ceil((windowBytes + tableBytes) / pageBytes);
  const module = modules.get(pages) ?? new WebAssembly.Module(program(pages));
  modules.set(pages, module);
  const { exports } = new WebAssembly.Instance(module);
  // What `program` exports: no type can tell, and the types of WebAssembly's globals do not overlap with it.
  const { scan, memory, hash } = exports as unknown as Exports;
  const table = new BigUint64Array(memory.buffer, 0, 256);
  for (let byte = 0; byte < 256; byte++)
    table[byte] = BigInt(`0x${gearTable.slice(16 * byte, 16 * byte + 16)}`);
  return {
    window: new Uint8Array(memory.buffer, tableBytes, windowBytes),
    scan,
    reset() {
      hash.value = 0n;
    },
  };
}
