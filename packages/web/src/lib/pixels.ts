/** Height, width and channels of an image's shape: [H, W], [H, W, C] or [1 or 3, H, W]. */
export function imageSize(
  shape: readonly number[],
): { height: number; width: number; channels: number } | undefined {
  const [a, b, c] = shape;
  if (a === undefined || b === undefined || shape.length > 3) return undefined;
  if (c === undefined) return { height: a, width: b, channels: 1 };
  return a <= 4 && c > 4 ? { height: b, width: c, channels: a } : { height: a, width: b, channels: c };
}

/** Pixels as a model takes them (row-major bytes, channels last) from a canvas's RGBA. */
export function fromRgba(rgba: Uint8ClampedArray, channels: number): number[] {
  const pixels: number[] = [];
  for (let at = 0; at < rgba.length; at += 4) {
    const [r = 0, g = 0, b = 0] = rgba.subarray(at, at + 3);
    // Grey by ITU-R BT.601 luma, as image libraries do.
    if (channels === 1) pixels.push(Math.round(0.299 * r + 0.587 * g + 0.114 * b));
    else pixels.push(r, g, b);
  }
  return pixels;
}

/** RGBA to draw from a model's pixels, which lie in 0..1 or 0..255. */
export function toRgba(pixels: readonly number[], channels: number): Uint8ClampedArray<ArrayBuffer> {
  const scale = pixels.every((pixel) => pixel <= 1) ? 255 : 1;
  const count = Math.floor(pixels.length / channels);
  const rgba = new Uint8ClampedArray(count * 4);
  for (let pixel = 0; pixel < count; pixel++) {
    for (let c = 0; c < 3; c++)
      rgba[pixel * 4 + c] = (pixels[pixel * channels + Math.min(c, channels - 1)] ?? 0) * scale;
    rgba[pixel * 4 + 3] = 255;
  }
  return rgba;
}
