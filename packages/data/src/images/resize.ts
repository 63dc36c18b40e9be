/** Samples of a byte each, [height, width, channels]. */
export interface Pixels {
  height: number;
  width: number;
  channels: number;
  data: Uint8Array;
}

export type Filter = 'bilinear' | 'nearest';

/**
 * An image in another size. `bilinear` is Pillow's, bit for bit: a triangle as wide as what an output pixel covers, so that
 * what is made smaller is averaged (torch calls it `antialias`), first along the lines, then across (the other
 * way where that makes fewer pixels in between), each rounded to a byte. `nearest` takes the pixel under an output pixel's centre.
 */
export function resizePixels(
  image: Pixels,
  [height, width]: readonly [number, number],
  filter: Filter,
): Pixels {
  if (filter === 'nearest') return nearestPixels(image, height, width);
  const isLowerFirst = height < image.height && width > image.width;
  const along = (from: Pixels) => (from.width === width ? from : alongLines(from, width));
  const across = (from: Pixels) => (from.height === height ? from : acrossLines(from, height));
  return isLowerFirst ? along(across(image)) : across(along(image));
}

function nearestPixels({ data, channels, ...from }: Pixels, height: number, width: number): Pixels {
  const out = new Uint8Array(height * width * channels);
  let to = 0;
  for (let y = 0; y < height; y++) {
    const row = Math.min(from.height - 1, Math.floor(((y + 0.5) * from.height) / height));
    for (let x = 0; x < width; x++) {
      const column = Math.min(from.width - 1, Math.floor(((x + 0.5) * from.width) / width));
      const at = (row * from.width + column) * channels;
      for (let c = 0; c < channels; c++) out[to++] = data[at + c]!;
    }
  }
  return { data: out, channels, height, width };
}

/** Which input pixels, from `first` on, make one output pixel, in parts of 2^22. */
interface Mixture {
  first: number;
  parts: Float64Array;
}

const whole = 2 ** 22;

/** Pillow's `precompute_coeffs` and `normalize_coeffs_8bpc` (src/libImaging/Resample.c) for its triangle filter. */
function mixtures(from: number, to: number): Mixture[] {
  const scale = from / to;
  const reach = Math.max(1, scale);
  return Array.from({ length: to }, (_, place) => {
    const centre = (place + 0.5) * scale;
    const first = Math.max(0, Math.trunc(centre - reach + 0.5));
    const end = Math.min(from, Math.trunc(centre + reach + 0.5));
    const weights = Float64Array.from({ length: end - first }, (_w, i) =>
      Math.max(0, 1 - Math.abs((i + first - centre + 0.5) / reach)),
    );
    const sum = weights.reduce((total, weight) => total + weight, 0) || 1;
    return { first, parts: weights.map((weight) => Math.trunc(0.5 + (weight / sum) * whole)) };
  });
}

const toByte = (sum: number): number => Math.min(255, Math.floor((sum + whole / 2) / whole));

function alongLines({ data, channels, height, width: from }: Pixels, width: number): Pixels {
  const mixed = mixtures(from, width);
  const out = new Uint8Array(height * width * channels);
  let to = 0;
  for (let y = 0; y < height; y++)
    for (const { first, parts } of mixed)
      for (let c = 0; c < channels; c++) {
        let sum = 0;
        let at = (y * from + first) * channels + c;
        for (let i = 0; i < parts.length; i++, at += channels) sum += data[at]! * parts[i]!;
        out[to++] = toByte(sum);
      }
  return { data: out, channels, height, width };
}

function acrossLines({ data, channels, height: from, width }: Pixels, height: number): Pixels {
  const stride = width * channels;
  const out = new Uint8Array(height * stride);
  let to = 0;
  for (const { first, parts } of mixtures(from, height))
    for (let x = 0; x < stride; x++) {
      let sum = 0;
      let at = first * stride + x;
      for (let i = 0; i < parts.length; i++, at += stride) sum += data[at]! * parts[i]!;
      out[to++] = toByte(sum);
    }
  return { data: out, channels, height, width };
}

/** The middle of an image; where it cannot be the very middle, the pixel more is left out below and on the right. */
export function cropPixels(
  { data, channels, ...from }: Pixels,
  [height, width]: readonly [number, number],
): Pixels {
  const top = Math.floor((from.height - height) / 2);
  const left = Math.floor((from.width - width) / 2);
  const stride = width * channels;
  const out = new Uint8Array(height * stride);
  for (let y = 0; y < height; y++) {
    const at = ((top + y) * from.width + left) * channels;
    out.set(data.subarray(at, at + stride), y * stride);
  }
  return { data: out, channels, height, width };
}

/** The grey of a colour, by ITU-R 601's weights in parts of 2^16, as Pillow has them. */
const greyOf = (red: number, green: number, blue: number): number =>
  (red * 19595 + green * 38470 + blue * 7471 + 0x8000) >> 16;

/** Grey (1) or colour (3) of an image of 1, 3 or 4 channels; what is transparent lies on white. */
export function withChannels({ data, channels, height, width }: Pixels, wanted: 1 | 3): Pixels {
  if (channels === wanted) return { data, channels, height, width };
  const pixels = height * width;
  const out = new Uint8Array(pixels * wanted);
  for (let pixel = 0; pixel < pixels; pixel++) {
    const at = pixel * channels;
    let [red, green, blue] =
      channels === 1 ? [data[at]!, data[at]!, data[at]!] : [data[at]!, data[at + 1]!, data[at + 2]!];
    const alpha = channels === 4 ? data[at + 3]! : 255;
    if (alpha < 255) {
      red = onWhite(red, alpha);
      green = onWhite(green, alpha);
      blue = onWhite(blue, alpha);
    }
    if (wanted === 1) out[pixel] = greyOf(red, green, blue);
    else {
      out[3 * pixel] = red;
      out[3 * pixel + 1] = green;
      out[3 * pixel + 2] = blue;
    }
  }
  return { data: out, channels: wanted, height, width };
}

const onWhite = (value: number, alpha: number): number =>
  Math.round((value * alpha + 255 * (255 - alpha)) / 255);
