import { z } from 'zod';
import { columnName, positive, wholeNumber } from './columns.ts';

const side = wholeNumber.min(1).max(4096);
const size = z.tuple([side, side], { error: 'must be [height, width]' });
const perChannel = z.array(z.number()).min(1).max(3);

const augment = z
  .strictObject({
    /** More rows for each training row. */
    copies: wholeNumber.min(1).max(20).default(1),
    flip: z.enum(['horizontal', 'vertical'], { error: 'must be horizontal or vertical' }).optional(),
    /** Pixels, at most, along each axis. */
    shift: wholeNumber.min(0).max(1000).default(0),
    /** Degrees, at most, either way. */
    rotate: z.number().min(0).max(180).default(0),
    /** Standard deviation of what is added to each sample of 0 to 255. */
    noise: z.number().min(0).max(255).default(0),
  })
  .refine(({ flip, shift, rotate, noise }) => flip !== undefined || shift + rotate + noise > 0, {
    error: 'needs flip, shift, rotate or noise, or the copies would be no different',
  });

/** Images: decoded, brought to one size and to so many channels, their samples x * scale + shift and normalised. */
export const image = z
  .strictObject({
    column: columnName,
    /** [height, width] of all. */
    resize: size.optional(),
    filter: z.enum(['bilinear', 'nearest'], { error: 'must be bilinear or nearest' }).optional(),
    /** [height, width] of the middle that is kept, after resizing. */
    crop: size.optional(),
    /** Grey or colours; if not said, grey where all images are. */
    channels: z
      .union([z.literal(1), z.literal(3)], { error: 'must be 1 (grey) or 3 (red, green, blue)' })
      .optional(),
    scale: positive.default(1 / 255),
    shift: z.number().default(0),
    /** After scale and shift, per channel: by the training split's mean and deviation, or by those given. */
    normalise: z
      .union([z.literal('fit'), z.strictObject({ mean: perChannel, std: z.array(positive).min(1).max(3) })], {
        error: 'must be fit, or { mean: [...], std: [...] } with a number a channel',
      })
      .optional(),
    augment: augment.optional(),
    /** Images that cannot be decoded: how many may be left out before the preparation fails. */
    skipBroken: wholeNumber.min(0).max(1e6).default(0),
  })
  .refine(({ resize, crop }) => !resize || !crop || (crop[0] <= resize[0] && crop[1] <= resize[1]), {
    error: 'crop must not be larger than resize',
  })
  .refine(({ filter, resize }) => filter === undefined || resize !== undefined, {
    error: 'filter belongs to resize: [height, width]',
  })
  .refine(
    ({ normalise }) => typeof normalise !== 'object' || normalise.mean.length === normalise.std.length,
    {
      error: 'normalise needs as many of mean as of std',
    },
  );
