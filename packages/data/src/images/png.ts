import { inflateSync } from 'node:zlib';
import type { Rgba } from './decode.ts';

/** What the chunks of a PNG say: https://www.w3.org/TR/png-3/. A text or a colour profile may unpack to anything and is not read. */
interface Png {
  width: number;
  height: number;
  /** Bits of a sample: 1, 2, 4, 8 or 16. */
  depth: number;
  colourType: number;
  isInterlaced: boolean;
  palette: Uint8Array;
  /** How opaque the colours of the palette are, as far as that is said. */
  opacity: Uint8Array;
  data: Uint8Array;
}

/** Samples of a pixel, and the depths that there are, by colour type (table 8 of the standard). */
const colourTypes: Readonly<Record<number, { samples: number; depths: readonly number[] }>> = {
  0: { samples: 1, depths: [1, 2, 4, 8, 16] },
  2: { samples: 3, depths: [8, 16] },
  3: { samples: 1, depths: [1, 2, 4, 8] },
  4: { samples: 2, depths: [8, 16] },
  6: { samples: 4, depths: [8, 16] },
};

/** One picture, or one of the seven that an interlaced one is made of: where its pixels lie in the whole. */
interface Pass {
  left: number;
  top: number;
  across: number;
  down: number;
}

const whole: readonly Pass[] = [{ left: 0, top: 0, across: 1, down: 1 }];
const adam7: readonly Pass[] = [
  { left: 0, top: 0, across: 8, down: 8 },
  { left: 4, top: 0, across: 8, down: 8 },
  { left: 0, top: 4, across: 4, down: 8 },
  { left: 2, top: 0, across: 4, down: 4 },
  { left: 0, top: 2, across: 2, down: 4 },
  { left: 1, top: 0, across: 2, down: 2 },
  { left: 0, top: 1, across: 1, down: 2 },
];

/**
 * A PNG's pixels. Samples of 16 bits are rounded to 8. Checksums of chunks are not looked at: the data have their own.
 * @throws Error for what is damaged, or unpacks to more than its header promises.
 */
export function decodePng(bytes: Uint8Array): Rgba {
  const png = readChunks(bytes);
  const { width, height, depth, colourType } = png;
  const { samples } = colourTypes[colourType]!;
  const passes = (png.isInterlaced ? adam7 : whole).flatMap((pass) => {
    const across = Math.ceil((width - pass.left) / pass.across);
    const down = Math.ceil((height - pass.top) / pass.down);
    const stride = Math.ceil((across * samples * depth) / 8);
    // A filter byte begins each line.
    return across > 0 && down > 0 ? [{ pass, across, stride, sizeBytes: down * (stride + 1) }] : [];
  });
  const promised = passes.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  // Some writers leave a few bytes more.
  const lines = inflateSync(png.data, { maxOutputLength: promised + 64 });
  const out = new Uint8Array(4 * width * height);
  let at = 0;
  for (const { pass, across, stride, sizeBytes } of passes) {
    const end = at + sizeBytes;
    if (end > lines.length) throw new Error('the image data are cut short');
    const part = lines.subarray(at, end);
    unfilter(part, stride, Math.max(1, (samples * depth) >> 3));
    place(png, { part, stride, across, samples }, pass, out);
    at = end;
  }
  return { width, height, data: out };
}

function readChunks(bytes: Uint8Array): Png {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let header: Uint8Array | undefined;
  let palette: Uint8Array = new Uint8Array();
  let opacity: Uint8Array = new Uint8Array();
  const data: Uint8Array[] = [];
  for (let at = 8; at + 12 <= bytes.length; ) {
    const end = at + 12 + view.getUint32(at);
    if (end > bytes.length) break;
    const content = bytes.subarray(at + 8, end - 4);
    const type = String.fromCharCode(...bytes.subarray(at + 4, at + 8));
    if (type === 'IHDR') header ??= content;
    else if (type === 'PLTE') palette = content;
    else if (type === 'tRNS') opacity = content;
    else if (type === 'IDAT') data.push(content);
    else if (type === 'IEND') break;
    at = end;
  }
  if (header === undefined || header.length < 13) throw new Error('the image has no header');
  const head = new DataView(header.buffer, header.byteOffset, header.byteLength);
  const [depth, colourType, , , interlace] = header.subarray(8);
  const kind = colourTypes[colourType!];
  if (!kind?.depths.includes(depth!))
    throw new Error(`no PNG has colour type ${colourType} of ${depth} bits`);
  if (interlace! > 1) throw new Error(`no PNG is interlaced by method ${interlace}`);
  if (data.length === 0) throw new Error('the image has no data');
  return {
    width: head.getUint32(0),
    height: head.getUint32(4),
    depth: depth!,
    colourType: colourType!,
    isInterlaced: interlace === 1,
    palette,
    opacity,
    data: data.length === 1 ? data[0]! : Buffer.concat(data),
  };
}

/**
 * Undoes the filters in place (section 9 of the standard): each byte was written as its difference from what its left
 * (a), upper (b) and upper left (c) neighbours foretell.
 * @param reach bytes to the left neighbour
 */
function unfilter(lines: Uint8Array, stride: number, reach: number): void {
  for (let line = 0; line < lines.length; line += stride + 1) {
    const filter = lines[line];
    const [first, end] = [line + 1, line + 1 + stride];
    const up = line === 0 ? undefined : stride + 1;
    if (filter === 1) {
      for (let i = first + reach; i < end; i++) lines[i] = lines[i]! + lines[i - reach]!;
    } else if (filter === 2) {
      if (up !== undefined) for (let i = first; i < end; i++) lines[i] = lines[i]! + lines[i - up]!;
    } else if (filter === 3) {
      for (let i = first; i < end; i++) {
        const a = i < first + reach ? 0 : lines[i - reach]!;
        const b = up === undefined ? 0 : lines[i - up]!;
        lines[i] = lines[i]! + ((a + b) >> 1);
      }
    } else if (filter === 4) {
      for (let i = first; i < end; i++) {
        const a = i < first + reach ? 0 : lines[i - reach]!;
        const b = up === undefined ? 0 : lines[i - up]!;
        const c = i < first + reach || up === undefined ? 0 : lines[i - up - reach]!;
        lines[i] = lines[i]! + paeth(a, b, c);
      }
    } else if (filter !== 0) throw new Error(`the image data are damaged: no filter ${filter}`);
  }
}

/** Of the neighbours the one nearest to a + b - c. */
function paeth(a: number, b: number, c: number): number {
  const [da, db, dc] = [Math.abs(b - c), Math.abs(a - c), Math.abs(a + b - 2 * c)];
  return da <= db && da <= dc ? a : db <= dc ? b : c;
}

/** Puts the pixels of a pass where they belong, as red, green, blue and opacity. */
function place(
  { width, depth, colourType, palette, opacity }: Png,
  { part, stride, across, samples }: { part: Uint8Array; stride: number; across: number; samples: number },
  pass: Pass,
  out: Uint8Array,
): void {
  const most = 2 ** depth - 1;
  /** A sample of a line: below 8 bits the first lies highest. */
  const sampleAt = (line: number, index: number): number => {
    if (depth === 8) return part[line + index]!;
    if (depth === 16) return (part[line + 2 * index]! << 8) | part[line + 2 * index + 1]!;
    const bit = index * depth;
    return (part[line + (bit >> 3)]! >> (8 - depth - (bit & 7))) & most;
  };
  const toByte = (value: number): number => (depth === 8 ? value : Math.round((value * 255) / most));
  const isColour = samples >= 3;
  const alpha = samples === 2 ? 1 : samples === 4 ? 3 : -1;
  for (let line = 1, y = pass.top; line < part.length; line += stride + 1, y += pass.down) {
    let to = 4 * (y * width + pass.left);
    for (let x = 0; x < across; x++, to += 4 * pass.across) {
      const at = x * samples;
      if (colourType === 3) {
        const colour = sampleAt(line, at);
        if (3 * colour + 2 >= palette.length) throw new Error('the image has a colour beyond its palette');
        out[to] = palette[3 * colour]!;
        out[to + 1] = palette[3 * colour + 1]!;
        out[to + 2] = palette[3 * colour + 2]!;
        out[to + 3] = opacity[colour] ?? 255;
        continue;
      }
      out[to] = toByte(sampleAt(line, at));
      out[to + 1] = isColour ? toByte(sampleAt(line, at + 1)) : out[to]!;
      out[to + 2] = isColour ? toByte(sampleAt(line, at + 2)) : out[to]!;
      out[to + 3] = alpha < 0 ? 255 : toByte(sampleAt(line, at + alpha));
    }
  }
}
