import { encode as encodeJpeg } from 'jpeg-js';
import { decodeImage, type Rgba } from '../images/decode.ts';
import { type ImageSize, readImageHeader } from '../images/header.ts';

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

function thumbnail(bytes: Uint8Array, size: ImageSize, bytesEach: number): string | undefined {
  let image: Rgba;
  try {
    image = decodeImage(bytes, size, { tolerant: true });
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
