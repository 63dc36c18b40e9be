import { HubError } from '../errors.ts';

/**
 * LZ4 frames (https://github.com/lz4/lz4/blob/dev/doc/lz4_Frame_format.md): reads any without a dictionary, writes one block of
 * at most 256 KiB. Never reads or writes outside what it was given, whatever the bytes say; checksums are not looked at, since
 * chunks are verified by their hash.
 */
const magic = 0x184d2204;
/** Version 1, independent blocks, no checksums; blocks of 256 KiB; the check byte of those two. */
const descriptor = [0x60, 0x50, 0xfb];
const storedFlag = 0x8000_0000;
const minMatch = 4;

const damaged = (): HubError => new HubError('BAD_INPUT', 'A compressed chunk is damaged.');

/** Fills `into` exactly from a frame. Throws BAD_INPUT when the frame is damaged or holds more or less. */
export function unpackLz4(frame: Uint8Array, into: Uint8Array): void {
  const view = new DataView(frame.buffer, frame.byteOffset, frame.byteLength);
  const word = (at: number): number => {
    if (at + 4 > frame.length) throw damaged();
    return view.getUint32(at, true);
  };
  if (frame.length < 7 || word(0) !== magic) throw damaged();
  const flags = frame[4]!;
  if (flags >> 6 !== 1 || (flags & 0x01) !== 0) throw damaged();
  let at = 7 + ((flags & 0x08) === 0 ? 0 : 8);
  let filled = 0;
  for (let header = word(at); header !== 0; header = word(at)) {
    at += 4;
    const end = at + (header & ~storedFlag);
    if (end > frame.length) throw damaged();
    if (header >= storedFlag) {
      if (filled + end - at > into.length) throw damaged();
      into.set(frame.subarray(at, end), filled);
      filled += end - at;
    } else filled = unpackBlock(frame, at, end, into, filled);
    at = end + ((flags & 0x10) === 0 ? 0 : 4);
  }
  if (filled !== into.length) throw damaged();
}

/** Returns where in `into` the block's bytes end. Matches may reach back into earlier blocks. */
function unpackBlock(from: Uint8Array, start: number, end: number, into: Uint8Array, begin: number): number {
  let at = start;
  let filled = begin;
  const longLength = (length: number): number => {
    if (length !== 15) return length;
    let total = length;
    for (let byte = 255; byte === 255; total += byte) {
      if (at >= end) throw damaged();
      byte = from[at++]!;
    }
    return total;
  };
  while (at < end) {
    const token = from[at++]!;
    const literals = longLength(token >> 4);
    if (at + literals > end || filled + literals > into.length) throw damaged();
    if (literals > 16) into.set(from.subarray(at, at + literals), filled);
    else for (let index = 0; index < literals; index++) into[filled + index] = from[at + index]!;
    at += literals;
    filled += literals;
    // The last sequence of a block has no match.
    if (at === end) return filled;
    if (at + 2 > end) throw damaged();
    const back = from[at]! | (from[at + 1]! << 8);
    at += 2;
    const length = longLength(token & 15) + minMatch;
    if (back === 0 || back > filled || filled + length > into.length) throw damaged();
    if (back >= length) into.copyWithin(filled, filled - back, filled - back + length);
    else for (let index = 0; index < length; index++) into[filled + index] = into[filled + index - back]!;
    filled += length;
  }
  throw damaged();
}

const hashBits = 14;
const places = new Int32Array(1 << hashBits);

/**
 * One frame with one block (at most 256 KiB), or `undefined` when that saves less than a sixteenth. Greedy, one candidate a hash,
 * with ever longer steps where nothing repeats, so that random bytes cost little.
 */
export function packLz4(bytes: Uint8Array): Uint8Array<ArrayBuffer> | undefined {
  const most = bytes.length - (bytes.length >> 4);
  const out = new Uint8Array(most);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const prefix = 11;
  let filled = prefix;
  let anchor = 0;

  const writeLength = (rest: number): void => {
    for (let left = rest; left >= 0; left -= 255) out[filled++] = Math.min(left, 255);
  };
  /** Literals from the anchor to `at`, then (unless these are the last) a match. False when there is no room: it does not pay. */
  const write = (at: number, back: number, length: number): boolean => {
    const literals = at - anchor;
    if (filled + literals + literals / 255 + length / 255 + 12 > most) return false;
    const rest = length - minMatch;
    out[filled++] = (Math.min(literals, 15) << 4) | (length === 0 ? 0 : Math.min(rest, 15));
    if (literals >= 15) writeLength(literals - 15);
    out.set(bytes.subarray(anchor, at), filled);
    filled += literals;
    if (length === 0) return true;
    out[filled++] = back & 255;
    out[filled++] = back >> 8;
    if (rest >= 15) writeLength(rest - 15);
    anchor = at + length;
    return true;
  };

  places.fill(-1);
  // The format wants the last five bytes to be literals and no match to begin in the last twelve.
  const lastStart = bytes.length - 12;
  const matchEnd = bytes.length - 5;
  let misses = 0;
  for (let at = 0; at < lastStart; ) {
    const word = view.getUint32(at, true);
    const place = Math.imul(word, 0x9e3779b1) >>> (32 - hashBits);
    const candidate = places[place]!;
    places[place] = at;
    if (candidate < 0 || at - candidate > 65_535 || view.getUint32(candidate, true) !== word) {
      at += 1 + (misses++ >> 6);
      continue;
    }
    misses = 0;
    let end = at + minMatch;
    while (end < matchEnd && bytes[end] === bytes[candidate + end - at]) end++;
    if (!write(at, at - candidate, end - at)) return undefined;
    at = end;
  }
  if (!write(bytes.length, 0, 0)) return undefined;

  const frame = new DataView(out.buffer);
  frame.setUint32(0, magic, true);
  out.set(descriptor, 4);
  frame.setUint32(7, filled - prefix, true);
  frame.setUint32(filled, 0, true);
  return out.subarray(0, filled + 4);
}
