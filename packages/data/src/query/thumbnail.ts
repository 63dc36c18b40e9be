import { inflateSync } from 'node:zlib';
import { decode as decodePng } from 'fast-png';
import { decode as decodeJpeg, encode as encodeJpeg } from 'jpeg-js';
import { type ImageSize, readImageHeader } from './image-header.ts';

/** Larger ones are not decoded for a look: a few bytes may promise more pixels than a machine has memory. */
const mostPixels = 16e6;
/** Of all images of one answer: decoding takes about 30 ns a pixel. */
const mostPixelsInAll = 64e6;
const sides = [256, 128, 64, 32];

export interface Picture {
  /** A data URL; undefined when it cannot be shown within the bounds. */
  src?: string;
  width?: number;
  height?: number;
}

/** Shows images within a number of bytes each, and a bound on the pixels that are decoded for it in all. */
export function createPictures(bytesEach: number): (bytes: Uint8Array) => Picture {
  let pixelsLeft = mostPixelsInAll;
  return (bytes) => {
    const size = readImageHeader(bytes);
    if (!size) return {};
    const { width, height, format } = size;
    if ((bytes.length * 4) / 3 <= bytesEach) return { src: dataUrl(`image/${format}`, bytes), width, height };
    if (format !== 'png' && format !== 'jpeg') return { width, height };
    const pixels = width * height;
    if (pixels === 0 || pixels > mostPixels || pixels > pixelsLeft) return { width, height };
    pixelsLeft -= pixels;
    const src = thumbnail(bytes, size, bytesEach);
    return { width, height, ...(src === undefined ? {} : { src }) };
  };
}

const dataUrl = (type: string, bytes: Uint8Array): string =>
  `data:${type};base64,${Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64')}`;

interface Rgba {
  width: number;
  height: number;
  data: Uint8Array;
}

function thumbnail(bytes: Uint8Array, size: ImageSize, bytesEach: number): string | undefined {
  let image: Rgba;
  try {
    image = size.format === 'png' ? readPng(bytes, size) : readJpeg(bytes);
  } catch {
    // Damaged, or not what its header says: its size is all that is told.
    return undefined;
  }
  for (const side of sides) {
    const small = encodeJpeg(shrink(image, side), 70).data;
    if ((small.length * 4) / 3 <= bytesEach) return dataUrl('image/jpeg', small);
  }
  return undefined;
}

const readJpeg = (bytes: Uint8Array): Rgba =>
  decodeJpeg(bytes, {
    useTArray: true,
    formatAsRGBA: true,
    maxResolutionInMP: mostPixels / 1e6,
    maxMemoryUsageInMB: 256,
  });

/** A PNG's pixels as 8-bit RGBA. Throws when its data unpack to more than its header promises. */
export function readPng(bytes: Uint8Array, { width, height }: ImageSize): Rgba {
  const essential = essentialChunks(bytes);
  // Eight bytes a pixel at most (RGBA of 16 bits), a filter byte a line; interlaced ones have more, shorter lines.
  const promised = 8 * width * height + 2 * height + 64;
  inflateSync(essential.data, { maxOutputLength: promised });
  const { data, channels, depth, palette, transparency } = decodePng(essential.png);
  const out = new Uint8Array(4 * width * height);
  const scale = depth === 16 ? 1 / 257 : depth < 8 ? 255 / (2 ** depth - 1) : 1;
  for (let pixel = 0; pixel < width * height; pixel++) {
    const at = pixel * channels;
    const colour = palette?.[data[at] ?? 0];
    const grey = channels < 3;
    const [red, green, blue] = colour ?? [data[at]!, data[grey ? at : at + 1]!, data[grey ? at : at + 2]!];
    const alpha = channels === 2 ? data[at + 1]! * scale : channels === 4 ? data[at + 3]! * scale : 255;
    const factor = colour ? 1 : scale;
    out.set(
      [(red ?? 0) * factor, (green ?? 0) * factor, (blue ?? 0) * factor, transparency ? 255 : alpha],
      4 * pixel,
    );
  }
  return { width, height, data: out };
}

/** The chunks that make the picture: a text or a colour profile may unpack to anything. */
function essentialChunks(bytes: Uint8Array): { png: Uint8Array; data: Buffer } {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const kept: Uint8Array[] = [bytes.subarray(0, 8)];
  const data: Uint8Array[] = [];
  for (let at = 8; at + 12 <= bytes.length; ) {
    const length = view.getUint32(at);
    const type = String.fromCharCode(...bytes.subarray(at + 4, at + 8));
    const end = at + 12 + length;
    if (end > bytes.length) break;
    if (['IHDR', 'PLTE', 'tRNS', 'IDAT', 'IEND'].includes(type)) kept.push(bytes.subarray(at, end));
    if (type === 'IDAT') data.push(bytes.subarray(at + 8, end - 4));
    at = end;
  }
  return { png: Buffer.concat(kept), data: Buffer.concat(data) };
}

/** Box filter: each pixel is the mean of those it covers; on white where it was transparent. Never enlarges. */
function shrink({ width, height, data }: Rgba, side: number): Rgba {
  const factor = Math.max(1, Math.max(width, height) / side);
  const [w, h] = [Math.max(1, Math.round(width / factor)), Math.max(1, Math.round(height / factor))];
  const out = new Uint8Array(4 * w * h);
  for (let y = 0; y < h; y++) {
    const [top, bottom] = [Math.floor((y * height) / h), Math.max(1, Math.floor(((y + 1) * height) / h))];
    for (let x = 0; x < w; x++) {
      const [left, right] = [Math.floor((x * width) / w), Math.max(1, Math.floor(((x + 1) * width) / w))];
      const sum = [0, 0, 0];
      let count = 0;
      for (let row = top; row < bottom; row++)
        for (let column = left; column < right; column++, count++) {
          const at = 4 * (row * width + column);
          const alpha = data[at + 3]! / 255;
          for (let c = 0; c < 3; c++) sum[c]! += data[at + c]! * alpha + 255 * (1 - alpha);
        }
      out.set([...sum.map((total) => total / Math.max(1, count)), 255], 4 * (y * w + x));
    }
  }
  return { width: w, height: h, data: out };
}
