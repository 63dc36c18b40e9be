import { crc32, deflateSync } from 'node:zlib';

const colourTypes: Readonly<Record<number, number>> = { 1: 0, 3: 2, 4: 6 };

/** Whether so many bytes are an image of this shape that can be drawn. */
export function isPicture(
  sizeBytes: number,
  [height = 1, width = 1, channels = 1]: readonly number[],
): boolean {
  return Object.hasOwn(colourTypes, channels) && sizeBytes === height * width * channels;
}

/**
 * A PNG image (https://www.w3.org/TR/png/) of 8-bit samples.
 * @param shape [height, width] for grey, [height, width, 1 | 3 | 4] for grey, RGB or RGBA.
 */
export function encodePng(pixels: Uint8Array, shape: readonly number[]): Buffer {
  const [height = 1, width = 1, channels = 1] = shape;
  if (!isPicture(pixels.length, shape))
    throw new RangeError(`no image: ${pixels.length} bytes for ${shape.join(' x ')}`);
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, colourTypes[channels]!], 8);
  const stride = width * channels;
  // Each line begins with its filter's code: 0, none.
  const lines = Buffer.alloc(height * (stride + 1));
  for (let y = 0; y < height; y++)
    lines.set(pixels.subarray(y * stride, (y + 1) * stride), y * (stride + 1) + 1);
  const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
  return Buffer.concat([
    signature,
    chunk('IHDR', header),
    chunk('IDAT', deflateSync(lines)),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

function chunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(data.length);
  const checksum = Buffer.alloc(4);
  checksum.writeUInt32BE(crc32(body));
  return Buffer.concat([length, body, checksum]);
}
