import { BIGINT, BLOB, DuckDBBlobValue, DuckDBDataChunk } from '@duckdb/node-api';
import { DataError } from '../../error.ts';
import { augmentPixels } from '../../images/augment.ts';
import { readImageHeader } from '../../images/header.ts';
import type { Pixels } from '../../images/resize.ts';
import { identifier } from '../../sql.ts';
import { assignSplits } from '../assign.ts';
import type { StepOptions } from '../schema.ts';
import { dropRows, inTraining, own, type Work } from '../work.ts';
import { imageBatches } from './image-batches.ts';
import { type Form, formOf, type ImageSource, shapeOf, toForm } from './image-form.ts';

type Options = StepOptions['image'];

/**
 * Makes a column of images one of pixels, all of one shape: files are decoded, and all resized, cropped and brought to as
 * many channels as asked for. Then what is fitted is fitted, and copies are made of the training rows.
 */
export async function readImages(work: Work, options: Options): Promise<void> {
  const { column, scale, shift, resize, filter, crop, channels, normalise, augment } = options;
  const source = await sourceOf(work, column);
  const isChanged = resize !== undefined || crop !== undefined || channels !== undefined;
  let form: Form | undefined;
  if (source?.kind === 'encoded' || (source && (isChanged || normalise || augment))) {
    form = await formOf(work, options, source);
    if (source.kind === 'encoded' || isChanged) await decode(work, options, source, form);
    work.images[column] = shapeOf(form);
  } else if (isChanged || normalise || augment) {
    throw new DataError(
      'column',
      `image: "${column}" holds neither PNG nor JPEG images, and nothing says their height and width`,
      { column, step: 'image' },
    );
  }
  work.pixels = {
    column,
    ...(form && normalise ? await normalised(work, options, form) : { scale, shift }),
    ...(resize ? { resize, filter: filter ?? 'bilinear' } : {}),
    ...(crop ? { crop } : {}),
    ...(channels ? { channels } : {}),
  };
  if (form && augment) await addCopies(work, column, augment, form);
}

/** Files, or pixels whose shape is known; undefined for bytes of which nothing is known. */
async function sourceOf(work: Work, column: string): Promise<ImageSource | undefined> {
  const shape = work.images[column];
  if (shape) return { kind: 'raw', shape };
  const x = identifier(column);
  for await (const { images } of imageBatches(work, column, {
    condition: `${own.row} IN (SELECT ${own.row} FROM data WHERE ${x} IS NOT NULL ORDER BY ${own.row} LIMIT 20)`,
  }))
    if (images.some(({ bytes }) => bytes && readImageHeader(bytes))) return { kind: 'encoded' };
  return undefined;
}

/** Puts the pixels in the place of the images; those that are broken, up to `skipBroken`, go with their rows. */
async function decode(work: Work, options: Options, source: ImageSource, form: Form): Promise<void> {
  const { tables } = work;
  const { column, skipBroken } = options;
  const broken: { row: number; fault: string }[] = [];
  await tables.run('CREATE TABLE next AS SELECT * FROM data LIMIT 0');
  for await (const { first, last, images } of imageBatches(work, column, { sizeBytes: bytesOf(form) })) {
    const made = images.map(({ row, bytes, name }) => {
      const found = bytes && toForm(bytes, source, options, form);
      if (typeof found !== 'string') return { row, from: row, pixels: found };
      broken.push({ row, fault: `${name} ${found}` });
      return { row, from: row, pixels: undefined };
    });
    if (broken.length > skipBroken) throw tooManyBroken(column, broken, skipBroken);
    await withPixels(work, made, () =>
      tables.run(
        `INSERT INTO next SELECT data.* REPLACE (made.pixels AS ${identifier(column)}) FROM data JOIN made ON made."from" = ${own.row}
         WHERE ${own.row} BETWEEN ${first} AND ${last} ORDER BY ${own.row}`,
      ),
    );
  }
  await tables.run('DROP TABLE data');
  await tables.run('ALTER TABLE next RENAME TO data');
  if (broken.length === 0) return;
  const named = broken.slice(0, 20).map(({ fault }) => fault);
  const more = broken.length > named.length ? `; and ${broken.length - named.length} more` : '';
  const rows = broken.map(({ row }) => row).join(', ');
  await dropRows(work, `${own.row} IN (${rows})`, `broken images: ${named.join('; ')}${more}`);
}

function tooManyBroken(
  column: string,
  broken: readonly { row: number; fault: string }[],
  allowed: number,
): DataError {
  const [first] = broken;
  return new DataError(
    'format',
    allowed === 0
      ? `image: ${first!.fault}; mend it, take it out, or say skipBroken: how many may be left out`
      : `image: more than the ${allowed} images that skipBroken allows are broken; the first: ${first!.fault}`,
    { column, step: 'image' },
  );
}

const bytesOf = ({ height, width, channels }: Form): number => height * width * channels;

/** Does something with the table `made` of rows' pixels: `from`, the row they belong to; `row`, their own; `pixels`. */
async function withPixels(
  { tables }: Work,
  made: readonly { row: number; from: number; pixels: Uint8Array | undefined }[],
  use: () => Promise<void>,
): Promise<void> {
  await tables.run('CREATE OR REPLACE TABLE made ("row" BIGINT, "from" BIGINT, pixels BLOB)');
  const chunk = DuckDBDataChunk.create([BIGINT, BIGINT, BLOB], made.length);
  chunk.setColumnValues(
    0,
    made.map(({ row }) => BigInt(row)),
  );
  chunk.setColumnValues(
    1,
    made.map(({ from }) => BigInt(from)),
  );
  chunk.setColumnValues(
    2,
    made.map(({ pixels }) => (pixels ? new DuckDBBlobValue(pixels) : null)),
  );
  await tables.append('made', [chunk]);
  await use();
  await tables.run('DROP TABLE made');
}

/** (p * scale + shift - mean) / std as one scale and one shift for each channel. */
async function normalised(
  work: Work,
  { column, scale, shift, normalise }: Options,
  form: Form,
): Promise<{ scale: number[]; shift: number[] }> {
  const { mean, std } = typeof normalise === 'object' ? normalise : await moments(work, column, form);
  if (mean.length !== form.channels)
    throw new DataError(
      'recipe',
      `image: normalise has ${mean.length} numbers of mean and of std; the images have ${form.channels} channel${form.channels === 1 ? '' : 's'}`,
      { column, step: 'image' },
    );
  const raw = typeof normalise !== 'object';
  return {
    scale: std.map((one) => (raw ? 1 : scale) / one),
    shift: std.map((one, c) => ((raw ? 0 : shift) - mean[c]!) / one),
  };
}

/** Of the training rows' samples of 0 to 255, for each channel: sums of whole numbers, the same in any order. */
async function moments(
  work: Work,
  column: string,
  { channels }: Form,
): Promise<{ mean: number[]; std: number[] }> {
  await assignSplits(work);
  const sums = Array.from({ length: channels }, () => ({ count: 0, sum: 0, squares: 0 }));
  for await (const { images } of imageBatches(work, column, { condition: inTraining }))
    for (const { bytes = new Uint8Array() } of images)
      for (const [c, total] of sums.entries()) {
        let [sum, squares] = [0, 0];
        for (let at = c; at < bytes.length; at += channels) {
          sum += bytes[at]!;
          squares += bytes[at]! * bytes[at]!;
        }
        total.count += bytes.length / channels;
        total.sum += sum;
        total.squares += squares;
      }
  const mean = sums.map(({ sum, count }) => sum / Math.max(1, count));
  return {
    mean,
    std: sums.map(
      ({ squares, count }, c) => Math.sqrt(Math.max(0, squares / Math.max(1, count) - mean[c]! ** 2)) || 1,
    ),
  };
}

/** More training rows: copies of each, with its image changed by seed. The other splits stay as the world is. */
async function addCopies(
  work: Work,
  column: string,
  options: NonNullable<Options['augment']>,
  form: Form,
): Promise<void> {
  await assignSplits(work);
  const { tables } = work;
  const { copies } = options;
  const random = work.random.fork('augment');
  const [last] = await tables.row<[number]>(`SELECT max(${own.row}) FROM data`);
  let place = last;
  const batches = imageBatches(work, column, {
    condition: `${inTraining} AND ${own.row} <= ${last}`,
    sizeBytes: bytesOf(form) * copies,
  });
  for await (const { images } of batches) {
    const made = images.flatMap(({ row, bytes }) =>
      Array.from({ length: bytes ? copies : 0 }, (_, copy) => {
        const image: Pixels = { ...form, data: bytes! };
        const { data } = augmentPixels(image, options, random.fork(`${row} ${copy}`));
        place += 1;
        return { row: place, from: row, pixels: data };
      }),
    );
    // A chunk of rows holds so many at most.
    for (let at = 0; at < made.length; at += 2048)
      await withPixels(work, made.slice(at, at + 2048), () =>
        tables.run(
          `INSERT INTO data SELECT data.* REPLACE (made."row" AS ${own.row}, made.pixels AS ${identifier(column)})
           FROM made JOIN data ON ${own.row} = made."from" ORDER BY made."row"`,
        ),
      );
  }
  work.notes.push(`${place - last} training rows are changed copies, ${copies} of each`);
}
