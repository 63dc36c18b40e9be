import { inflateSync } from 'node:zlib';
import { decode as decodePng } from 'fast-png';
import { decode as decodeJpeg } from 'jpeg-js';
import type { ImageSize } from './header.ts';

/** Four bytes a pixel: red, green, blue, and how opaque it is. */
export interface Rgba {
  width: number;
  height: number;
  data: Uint8Array;
}

/** What decoding one image may take in memory, all its stages together. */
export const mostDecodingBytes = 512e6;
const mostJpegPixels = 100e6;

/** Why an image is not decoded, by what its header says; undefined for one that is. */
export function faultOfHeader(size: ImageSize | undefined): string | undefined {
  if (!size) return 'is no image that is known here';
  const { format, width, height, pixelBytes = 4 } = size;
  if (format !== 'png' && format !== 'jpeg')
    return `is a ${format.toUpperCase()}; only PNG and JPEG are decoded, so convert it`;
  const pixels = width * height;
  if (pixels === 0) return `has ${width} x ${height} pixels`;
  // Unpacked twice, unfiltered once, then four bytes a pixel.
  const bytes = format === 'png' ? pixels * (3 * pixelBytes + 4) : 0;
  if (bytes > mostDecodingBytes || pixels > mostJpegPixels)
    return `promises ${width} x ${height} pixels, more than is decoded within 512 MB (it may be a decompression bomb)`;
  return undefined;
}

/**
 * A PNG's or JPEG's pixels. Orientation notes of cameras (EXIF) change nothing.
 * @param tolerant shows what there is of a JPEG that is cut short
 * @throws Error for what is damaged, or unpacks to more than its header promises.
 */
export function decodeImage(bytes: Uint8Array, size: ImageSize, { tolerant = false } = {}): Rgba {
  if (size.format === 'png') return readPng(bytes, size);
  const { width, height, data } = decodeJpeg(bytes, {
    useTArray: true,
    formatAsRGBA: true,
    tolerantDecoding: tolerant,
    maxResolutionInMP: mostJpegPixels / 1e6,
    maxMemoryUsageInMB: mostDecodingBytes / 1e6,
  });
  return { width, height, data };
}

function readPng(bytes: Uint8Array, { width, height }: ImageSize): Rgba {
  const essential = essentialChunks(bytes);
  // Eight bytes a pixel at most (RGBA of 16 bits), a filter byte a line; interlaced ones have more, shorter lines.
  const promised = 8 * width * height + 2 * height + 64;
  inflateSync(essential.data, { maxOutputLength: promised });
  const { data, channels, depth, palette } = decodePng(essential.png);
  const out = new Uint8Array(4 * width * height);
  const scale = depth === 16 ? 1 / 257 : depth < 8 ? 255 / (2 ** depth - 1) : 1;
  const [green, blue] = channels < 3 ? [0, 0] : [1, 2];
  const alpha = channels === 2 ? 1 : channels === 4 ? 3 : -1;
  for (let pixel = 0, to = 0; pixel < width * height; pixel++, to += 4) {
    const at = pixel * channels;
    if (palette) {
      const [red = 0, middle = 0, last = 0, opaque = 255] = palette[data[at]!] as number[];
      out[to] = red;
      out[to + 1] = middle;
      out[to + 2] = last;
      out[to + 3] = opaque;
    } else {
      out[to] = Math.round(data[at]! * scale);
      out[to + 1] = Math.round(data[at + green]! * scale);
      out[to + 2] = Math.round(data[at + blue]! * scale);
      out[to + 3] = alpha < 0 ? 255 : Math.round(data[at + alpha]! * scale);
    }
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
