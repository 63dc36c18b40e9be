import { decode as decodeJpeg } from 'jpeg-js';
import type { ImageSize } from './header.ts';
import { decodePng } from './png.ts';

/** Four bytes a pixel: red, green, blue, and how opaque it is. */
export interface Rgba {
  width: number;
  height: number;
  data: Uint8Array;
}

/** What decoding one image may take in memory, all its stages together. */
export const mostDecodingBytes = 512e6;
const mostJpegPixels = 100e6;
/** JPEG has none longer; what a resize weighs grows with it, as pixels do not. */
const longestSide = 65_535;

/** Why an image is not decoded, by what its header says; undefined for one that is. */
export function faultOfHeader(size: ImageSize | undefined): string | undefined {
  if (!size) return 'is no image that is known here';
  const { format, width, height, pixelBytes = 4 } = size;
  if (format !== 'png' && format !== 'jpeg')
    return `is a ${format.toUpperCase()}; only PNG and JPEG are decoded, so convert it`;
  const pixels = width * height;
  if (Math.max(width, height) > longestSide)
    return `is ${width} x ${height} pixels, longer than the ${longestSide} of a side that are decoded`;
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
  if (size.format === 'png') return decodePng(bytes);
  const { width, height, data } = decodeJpeg(bytes, {
    useTArray: true,
    formatAsRGBA: true,
    tolerantDecoding: tolerant,
    maxResolutionInMP: mostJpegPixels / 1e6,
    maxMemoryUsageInMB: mostDecodingBytes / 1e6,
  });
  return { width, height, data };
}
