import { statSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { BLOB, DuckDBBlobValue, DuckDBStructValue, INTEGER, STRUCT, VARCHAR } from '@duckdb/node-api';
import { encodePng } from '../images/encode-png.ts';
import { classesOf, classOf, folderOf, isImage, isImageMetadata } from '../images/folder.ts';
import { readImageHeader } from '../images/header.ts';
import { readImage } from '../images/read.ts';
import { importTable } from '../import/import-table.ts';
import type { InputFile } from '../import/source.ts';
import { featureOf } from '../query/features.ts';
import type { Features } from '../query/question.ts';
import { identifier, literal } from '../sql.ts';
import type { Tables } from '../table.ts';
import { type Problem, withTables } from './problem.ts';
import { type Shard, writeShards } from './shards.ts';

const imageStruct = STRUCT({ bytes: BLOB, path: VARCHAR });
/** What Pillow takes for a decompression bomb. */
const mostPixels = 179e6;
const mostImageBytes = 256e6;
const filesATurn = 200;

/**
 * A folder of images as a table, as Hugging Face's `imagefolder` has it: `image`; `label`, when the images lie in folders
 * named for their classes; and the columns of a `metadata.csv` or `.jsonl`, by its `file_name`.
 */
export async function convertImages(
  files: readonly InputFile[],
  folder: string,
  options: { signal?: AbortSignal | undefined },
): Promise<{ shards: Shard[]; features: Features; problems: Problem[] }> {
  const problems: Problem[] = [];
  const pictures = files.filter(({ name }) => isImage(name));
  const metadata = files.find(({ name }) => isImageMetadata(name));
  const classes = metadata === undefined ? classesOf(pictures) : undefined;
  const labels = classes && new Map(classes.map((one, label) => [one, label]));
  const table = join(folder, 'metadata.parquet');
  const described =
    metadata === undefined ? undefined : await readMetadata(metadata, table, problems, options.signal);
  const base = described === undefined ? '' : folderOf(metadata!.name);

  async function* rows() {
    for (const [at, { path, name }] of pictures.entries()) {
      // What stops the work arrives in a turn of the event loop.
      if (at % filesATurn === 0) await setImmediate();
      options.signal?.throwIfAborted();
      const bytes = await readChecked(path, name, problems);
      if (bytes === undefined) continue;
      const label = labels?.get(classOf(name)) ?? null;
      const image = new DuckDBStructValue({ bytes: new DuckDBBlobValue(bytes), path: name });
      yield { values: [image, relative(name, base), label], sizeBytes: bytes.length + 100 };
    }
  }

  const extra = Object.keys(described ?? {}).filter(
    (name) => !['file_name', 'image'].includes(name.toLowerCase()),
  );
  const columns = extra.map((name) => `meta.${identifier(name)}`);
  const select =
    described === undefined
      ? `SELECT image${classes ? ', label' : ''} FROM staged`
      : `SELECT ${['staged.image', ...columns].join(', ')} FROM staged LEFT JOIN (${firstOfEach(table)}) AS meta USING (file_name) ORDER BY staged.rowid`;
  const features: Features = {
    image: { _type: 'Image' },
    ...(classes ? { label: { names: classes, _type: 'ClassLabel' } } : {}),
    ...Object.fromEntries(extra.map((name) => [name, described?.[name] ?? null])),
  };
  return withTables({ inputs: [], folder, signal: options.signal }, async (tables) => ({
    shards: await writeShards(tables, rows(), {
      folder,
      columns: 'image STRUCT(bytes BLOB, path VARCHAR), file_name VARCHAR, label INTEGER',
      types: [imageStruct, VARCHAR, INTEGER],
      select,
      features,
    }),
    features,
    problems,
  }));
}

/** Of rows that describe the same image the first. */
const firstOfEach = (table: string): string =>
  `SELECT * FROM read_parquet(${literal(table)}, file_row_number = true) QUALIFY row_number() OVER (PARTITION BY file_name ORDER BY file_row_number) = 1`;

const relative = (name: string, base: string): string =>
  name.startsWith(base) ? name.slice(base.length) : name;

async function readChecked(path: string, name: string, problems: Problem[]): Promise<Buffer | undefined> {
  const { size } = statSync(path);
  const refuse = (message: string): undefined => {
    problems.push({ path: name, message });
  };
  if (size > mostImageBytes) return refuse('larger than the 256 MB that an image may have here');
  const bytes = await readImage(path, size);
  const header = readImageHeader(bytes);
  if (!header) return refuse('not an image, whatever its name says');
  if (header.width * header.height > mostPixels)
    return refuse(
      `promises ${header.width} x ${header.height} pixels, more than an image may have here (it may be a decompression bomb)`,
    );
  return bytes;
}

async function readMetadata(
  file: InputFile,
  out: string,
  problems: Problem[],
  signal: AbortSignal | undefined,
): Promise<Features | undefined> {
  try {
    await importTable([file], out, signal ? { signal } : {});
  } catch (error) {
    signal?.throwIfAborted();
    problems.push({ path: file.name, message: error instanceof Error ? error.message : String(error) });
    return undefined;
  }
  return withTables({ inputs: [out], signal }, async (tables) => {
    const features = await featuresOfQuery(tables, out);
    if (!Object.hasOwn(features, 'file_name')) {
      const message = 'has no column "file_name" that says which image a row is of';
      problems.push({ path: file.name, message });
      return undefined;
    }
    const [repeated] = await tables.rows<[string]>(
      `SELECT file_name FROM read_parquet(${literal(out)}) GROUP BY 1 HAVING count(*) > 1 ORDER BY 1 LIMIT 1`,
    );
    if (repeated)
      problems.push({
        path: file.name,
        message: `describes ${repeated[0]} more than once; the first counts`,
      });
    return features;
  });
}

/** The columns of a Parquet file. */
export async function featuresOfQuery(tables: Tables, path: string): Promise<Features> {
  const { names, types } = await tables.describe(`SELECT * FROM read_parquet(${literal(path)})`);
  return Object.fromEntries(names.map((name, i) => [name, featureOf(types[i]!)]));
}

/** Raw pixels, as IDX files bring them, become PNG images that every reader knows. */
export async function convertPixels(
  table: string,
  folder: string,
  column: string,
  shape: number[],
  signal: AbortSignal | undefined,
): Promise<{ shards: Shard[]; features: Features }> {
  // Read by one database and written by another: a statement would end a query of its own that is still being read.
  const reading = { inputs: [table], signal };
  const writing = { inputs: [], folder, signal };
  return withTables(reading, (source) =>
    withTables(writing, async (tables) => {
      const described = await featuresOfQuery(source, table);
      const hasLabel = Object.hasOwn(described, 'label');
      const features: Features = {
        image: { _type: 'Image' },
        ...(hasLabel ? { label: { dtype: 'int64', _type: 'Value' } } : {}),
      };
      async function* rows() {
        const query = `SELECT ${identifier(column)}${hasLabel ? ', CAST(label AS INTEGER)' : ', NULL::INTEGER'} FROM read_parquet(${literal(table)})`;
        for await (const chunk of source.chunks(query)) {
          for (const [pixels, label] of chunk.getRows()) {
            const png = pixels instanceof DuckDBBlobValue ? encodePng(pixels.bytes, shape) : undefined;
            const image = png && new DuckDBStructValue({ bytes: new DuckDBBlobValue(png), path: null });
            yield { values: [image ?? null, label ?? null], sizeBytes: (png?.length ?? 0) + 16 };
          }
        }
      }
      const shards = await writeShards(tables, rows(), {
        folder,
        columns: 'image STRUCT(bytes BLOB, path VARCHAR), label INTEGER',
        types: [imageStruct, INTEGER],
        select: `SELECT image${hasLabel ? ', CAST(label AS BIGINT) AS label' : ''} FROM staged`,
        features,
      });
      return { shards, features };
    }),
  );
}
