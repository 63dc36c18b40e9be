import { deflateSync } from 'node:zlib';
import { decode as decodeByLibrary } from 'fast-png';
import { describe, expect, it } from 'vitest';
import { faultOfHeader } from './decode.ts';
import { encodePng } from './encode-png.ts';
import { decodePng } from './png.ts';

const [width, height] = [13, 11];
const samplesOf: Record<number, number> = { 0: 1, 2: 3, 3: 1, 4: 2, 6: 4 };
const passes = [
  [0, 0, 8, 8],
  [4, 0, 8, 8],
  [0, 4, 4, 8],
  [2, 0, 4, 4],
  [0, 2, 2, 4],
  [1, 0, 2, 2],
  [0, 1, 1, 2],
];

/** A sample of `depth` bits without any order. */
const sample = (x: number, y: number, c: number, depth: number) =>
  (x * x * 7 + y * 31 + x * y * 3 + c * 57 + 5) % 2 ** depth;

function chunk(type: string, data: Uint8Array): Buffer {
  const made = Buffer.alloc(12 + data.length);
  made.writeUInt32BE(data.length);
  made.write(type, 4, 'latin1');
  made.set(data, 8);
  return made;
}

const paeth = (a: number, b: number, c: number) => {
  const p = a + b - c;
  const [pa, pb, pc] = [Math.abs(p - a), Math.abs(p - b), Math.abs(p - c)];
  if (pa <= pb && pa <= pc) return a;
  return pb <= pc ? b : c;
};

/** A PNG by the standard's own words, its lines filtered by each filter in turn. */
function write(colourType: number, depth: number, isInterlaced: boolean, more: Buffer[] = []): Buffer {
  const samples = samplesOf[colourType]!;
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([depth, colourType, 0, 0, isInterlaced ? 1 : 0], 8);
  const lines: number[] = [];
  for (const [left, top, across, down] of isInterlaced ? passes : [[0, 0, 1, 1]]) {
    let above: number[] | undefined;
    for (let y = top!, at = 0; y < height; y += down!, at++) {
      let bits = '';
      for (let x = left!; x < width; x += across!)
        for (let c = 0; c < samples; c++) bits += sample(x, y, c, depth).toString(2).padStart(depth, '0');
      const line = (bits.match(/.{1,8}/g) ?? []).map((byte) => Number.parseInt(byte.padEnd(8, '0'), 2));
      if (line.length === 0) continue;
      const reach = Math.max(1, (samples * depth) / 8);
      const filter = at % 5;
      lines.push(filter);
      for (const [i, value] of line.entries()) {
        const [a, b, c] = [line[i - reach] ?? 0, above?.[i] ?? 0, above?.[i - reach] ?? 0];
        const foretold = [0, a, b, Math.floor((a + b) / 2), paeth(a, b, c)][filter]!;
        lines.push((value - foretold) & 255);
      }
      above = line;
    }
  }
  const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
  const data = deflateSync(Buffer.from(lines));
  const parts = [chunk('IHDR', header), ...more, chunk('IDAT', data.subarray(0, 40))];
  return Buffer.concat([
    signature,
    ...parts,
    chunk('IDAT', data.subarray(40)),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

const palette = Buffer.from(Array.from({ length: 768 }, (_, i) => (i * 89) % 256));
const opacity = Buffer.from([0, 100, 200]);

function pixelOf(colourType: number, depth: number, x: number, y: number): number[] {
  const samples = Array.from({ length: samplesOf[colourType]! }, (_, c) => sample(x, y, c, depth));
  if (colourType === 3) {
    const [colour = 0] = samples;
    return [...palette.subarray(3 * colour, 3 * colour + 3), opacity[colour] ?? 255];
  }
  const [a = 0, b = 255, c = 0, d = 255] = samples.map((value) =>
    Math.round((value * 255) / (2 ** depth - 1)),
  );
  return colourType === 0 || colourType === 4 ? [a, a, a, b] : [a, b, c, d];
}

describe.each([
  [0, [1, 2, 4, 8, 16]],
  [2, [8, 16]],
  [3, [1, 2, 4, 8]],
  [4, [8, 16]],
  [6, [8, 16]],
])('colour type %i', (colourType, depths) => {
  it.each(depths.flatMap((depth) => [[depth, false] as const, [depth, true] as const]))(
    '%i bits, interlaced %s',
    (depth, isInterlaced) => {
      const more = colourType === 3 ? [chunk('PLTE', palette), chunk('tRNS', opacity)] : [];
      const png = write(colourType, depth, isInterlaced, more);
      const { data, ...size } = decodePng(png);
      expect(size).toEqual({ width, height });
      const expected = Array.from({ length: height * width }, (_, i) =>
        pixelOf(colourType, depth, i % width, Math.floor(i / width)),
      ).flat();
      expect([...data]).toEqual(expected);
    },
  );
});

it('what another decoder reads, for the picture that this one wrote', () => {
  const png = write(6, 8, false);
  expect([...decodePng(png).data]).toEqual([...decodeByLibrary(png).data]);
  const own = encodePng(
    Uint8Array.from({ length: 60 }, (_, i) => i * 4),
    [4, 5, 3],
  );
  expect([...decodePng(own).data].filter((_, i) => i % 4 < 3)).toEqual([...decodeByLibrary(own).data]);
});

it('damaged ones: cut short, no data, a filter or a depth that does not exist, colours beyond the palette', () => {
  const png = write(2, 8, false);
  const cut = Buffer.from(png);
  cut.writeUInt32BE(height + 9, 20);
  expect(() => decodePng(cut)).toThrow('cut short');
  expect(() => decodePng(png.subarray(0, 60))).toThrow('no data');
  expect(() => decodePng(png.subarray(0, 8))).toThrow('no header');
  const depth = Buffer.from(png);
  depth[24] = 3;
  expect(() => decodePng(depth)).toThrow('colour type 2 of 3 bits');
  const short = [chunk('PLTE', palette.subarray(0, 6))];
  expect(() => decodePng(write(3, 8, false, short))).toThrow('beyond its palette');
  const narrow = Buffer.from(png);
  narrow.writeUInt32BE(1, 16);
  narrow.writeUInt32BE(1, 20);
  expect(() => decodePng(narrow)).toThrow();
  // Within eight bytes a pixel, and yet more than three of each are promised.
  const low = Buffer.from(png);
  low.writeUInt32BE(height - 6, 20);
  expect(() => decodePng(low)).toThrow();
});

it('a line of pixels longer than any photograph is told by its header', () => {
  const fault = faultOfHeader({ format: 'png', width: 70_000_000, height: 1, pixelBytes: 1 });
  expect(fault).toMatch(/longer than the 65535 of a side/);
});
