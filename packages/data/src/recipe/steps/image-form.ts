import { DataError } from '../../error.ts';
import { decodeImage, faultOfHeader } from '../../images/decode.ts';
import { readImageHeader } from '../../images/header.ts';
import { cropPixels, type Pixels, resizePixels, withChannels } from '../../images/resize.ts';
import type { StepOptions } from '../schema.ts';
import type { Work } from '../work.ts';
import { imageBatches } from './image-batches.ts';

type Options = StepOptions['image'];

/** What the bytes of a column are: files of images, or pixels [H, W] or [H, W, C]. */
export type ImageSource = { kind: 'encoded' } | { kind: 'raw'; shape: number[] };

/** What all images become. */
export interface Form {
  height: number;
  width: number;
  channels: 1 | 3;
}

export const shapeOf = ({ height, width, channels }: Form): number[] =>
  channels === 1 ? [height, width] : [height, width, channels];

/**
 * What the images become: by what is asked for, and else by what they all are, of which their headers tell.
 * @throws DataError 'column' when they are of several sizes and nothing says which.
 */
export async function formOf(work: Work, options: Options, source: ImageSource): Promise<Form> {
  const { column } = options;
  const found = source.kind === 'raw' ? formOfRaw(column, source.shape) : await survey(work, options);
  const [height, width] = options.crop ?? options.resize ?? found.size ?? [];
  if (source.kind === 'encoded' && found.sizes.length === 0)
    throw new DataError('column', `image: no image of "${column}" can be decoded; only PNG and JPEG can`, {
      column,
      step: 'image',
    });
  if (height === undefined || width === undefined)
    throw new DataError(
      'column',
      `image: the images of "${column}" are of several sizes, such as ${found.sizes.join(' and ')} (height x width); add resize: [height, width]`,
      { column, step: 'image' },
    );
  return { height, width, channels: options.channels ?? found.channels };
}

interface Found {
  /** Undefined for several. */
  size: readonly [number, number] | undefined;
  sizes: string[];
  channels: 1 | 3;
}

function formOfRaw(column: string, [height = 1, width = 1, channels = 1]: number[]): Found {
  if (channels !== 1 && channels !== 3)
    throw new DataError('column', `image: "${column}" has pixels of ${channels} channels, not of 1 or 3`, {
      column,
      step: 'image',
    });
  return { size: [height, width], sizes: [], channels };
}

/** The first bytes of all images, before the first one is decoded. */
async function survey(work: Work, { column }: Options): Promise<Found> {
  const sizes = new Map<string, readonly [number, number]>();
  let isGrey = true;
  for await (const { images } of imageBatches(work, column))
    for (const { bytes } of images) {
      const header = bytes && readImageHeader(bytes);
      if (!header || faultOfHeader(header) !== undefined) continue;
      isGrey &&= header.isGrey === true;
      if (sizes.size < 2) sizes.set(`${header.height} x ${header.width}`, [header.height, header.width]);
    }
  const [first, second] = sizes.values();
  return { size: second ? undefined : first, sizes: [...sizes.keys()], channels: isGrey ? 1 : 3 };
}

/** One image in the form of all, or what is wrong with it, as words to follow its name. */
export function toForm(
  bytes: Uint8Array,
  source: ImageSource,
  { resize, filter = 'bilinear', crop }: Options,
  form: Form,
): Uint8Array | string {
  const pixels = source.kind === 'raw' ? rawPixels(bytes, source.shape) : decoded(bytes);
  if (typeof pixels === 'string') return pixels;
  const coloured = withChannels(pixels, form.channels);
  const sized = resize ? resizePixels(coloured, resize, filter) : coloured;
  if (crop && (sized.height < crop[0] || sized.width < crop[1]))
    return `is ${sized.height} x ${sized.width}, smaller than what crop keeps`;
  return (crop ? cropPixels(sized, crop) : sized).data;
}

function rawPixels(data: Uint8Array, [height = 1, width = 1, channels = 1]: number[]): Pixels | string {
  if (data.length !== height * width * channels) return `has ${data.length} bytes of pixels`;
  return { data, height, width, channels };
}

function decoded(bytes: Uint8Array): Pixels | string {
  const header = readImageHeader(bytes);
  const fault = faultOfHeader(header);
  if (fault !== undefined || header === undefined) return fault ?? 'is no image';
  try {
    return { ...decodeImage(bytes, header), channels: 4 };
  } catch (error) {
    return `is damaged (${error instanceof Error ? error.message : String(error)})`;
  }
}
