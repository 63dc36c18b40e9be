export interface ImageSize {
  format: 'png' | 'jpeg' | 'gif' | 'webp';
  width: number;
  height: number;
  /** PNG and JPEG: whether it has no colours. */
  isGrey?: boolean;
  /** PNG: bytes that a pixel takes unpacked, at least 1. */
  pixelBytes?: number;
}

/** What an image says of itself in its first bytes, without decoding it; undefined for what is no image. */
export function readImageHeader(bytes: Uint8Array): ImageSize | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const text = (from: number, to: number) => String.fromCharCode(...bytes.subarray(from, to));
  if (bytes.length >= 25 && text(1, 4) === 'PNG' && text(12, 16) === 'IHDR') return readPng(view);
  if (bytes.length >= 10 && /^GIF8[79]a$/.test(text(0, 6)))
    return { format: 'gif', width: view.getUint16(6, true), height: view.getUint16(8, true) };
  if (bytes.length >= 30 && text(0, 4) === 'RIFF' && text(8, 12) === 'WEBP')
    return readWebp(view, text(12, 16));
  if (bytes.length >= 4 && bytes[0] === 0xff && bytes[1] === 0xd8) return readJpeg(view);
  return undefined;
}

/** IHDR: width, height, bits of a sample, and the colour type, whose samples are told by PNG's table 8. */
function readPng(view: DataView): ImageSize {
  const colourType = view.byteLength > 25 ? view.getUint8(25) : 6;
  const samples = { 0: 1, 2: 3, 3: 1, 4: 2 }[colourType] ?? 4;
  return {
    format: 'png',
    width: view.getUint32(16),
    height: view.getUint32(20),
    isGrey: colourType === 0 || colourType === 4,
    pixelBytes: samples * (view.getUint8(24) === 16 ? 2 : 1),
  };
}

function readWebp(view: DataView, kind: string): ImageSize | undefined {
  const uint24 = (at: number) => view.getUint16(at, true) + (view.getUint8(at + 2) << 16);
  if (kind === 'VP8X') return { format: 'webp', width: uint24(24) + 1, height: uint24(27) + 1 };
  if (kind === 'VP8 ')
    return {
      format: 'webp',
      width: view.getUint16(26, true) & 0x3fff,
      height: view.getUint16(28, true) & 0x3fff,
    };
  if (kind !== 'VP8L') return undefined;
  const bits = view.getUint32(21, true);
  return { format: 'webp', width: (bits & 0x3fff) + 1, height: ((bits >> 14) & 0x3fff) + 1 };
}

/** The frame header (SOF0 to SOF15 without DHT, JPG and DAC) lies behind segments that tell their length. */
function readJpeg(view: DataView): ImageSize | undefined {
  for (let at = 2; at + 9 < view.byteLength; ) {
    if (view.getUint8(at) !== 0xff) return undefined;
    const marker = view.getUint8(at + 1);
    if (marker >= 0xc0 && marker <= 0xcf && marker !== 0xc4 && marker !== 0xc8 && marker !== 0xcc)
      return {
        format: 'jpeg',
        width: view.getUint16(at + 7),
        height: view.getUint16(at + 5),
        isGrey: view.getUint8(at + 9) === 1,
      };
    at += marker === 0xff ? 1 : 2 + view.getUint16(at + 2);
  }
  return undefined;
}
