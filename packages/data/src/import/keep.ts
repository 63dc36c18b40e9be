import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { copyFile, link, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { z } from 'zod';
import { describeColumns } from '../column.ts';
import { isImage } from '../images/folder.ts';
import { identifier } from '../sql.ts';
import { sizeOf, type Tables } from '../table.ts';
import { type Imported, readTable } from './import-table.ts';
import { importParquet, ownRow, writeParquet } from './parquet.ts';
import type { InputFile } from './source.ts';

/**
 * What a preparation keeps for an attempt after it, should this one be killed: the imported table, and each split as it is
 * written. Whoever gives the folder answers for its belonging to these very files, recipe and seed.
 */
export interface Keep {
  folder: string;
  /** Told when something is taken from an earlier attempt. */
  onFound: (what: string) => void;
}

/** Smaller inputs are as quickly read again. */
const fewestBytes = 32e6;

/** `keep`, if these files are worth it. */
export function worthKeeping(files: readonly InputFile[], keep: Keep | undefined): Keep | undefined {
  // Images are kept where they lie.
  if (files.some(({ name }) => isImage(name))) return undefined;
  return sizeOf(files) >= fewestBytes ? keep : undefined;
}

const about = z.object({
  notes: z.array(z.string()),
  images: z.record(z.string(), z.array(z.number())),
  rows: z.number(),
});

/**
 * `readTable`, whose table is then read from a Parquet file in the folder of `keep`: an attempt after this one begins there,
 * and takes the same way from there on. Parquet files themselves are quick to read and are not kept.
 */
export async function readKept(
  tables: Tables,
  files: readonly InputFile[],
  table: string,
  scratch: string,
  options: Parameters<typeof readTable>[4] & { keep?: Keep | undefined },
): Promise<Imported> {
  const { keep } = options;
  if (keep === undefined) return readTable(tables, files, table, scratch, options);
  const path = join(keep.folder, 'imported.parquet');
  const details = join(keep.folder, 'imported.json');
  const view = async (known: z.infer<typeof about>): Promise<Imported> => {
    await importParquet(
      tables,
      { path, name: 'imported.parquet', format: 'parquet', head: Buffer.alloc(0), sizeBytes: 0 },
      table,
      Number.MAX_SAFE_INTEGER,
    );
    const columns = await describeColumns(tables, `SELECT * EXCLUDE (${ownRow}) FROM ${table}`, known.images);
    const drop = () => tables.run(`DROP VIEW ${table}`);
    return { ...known, columns, row: ownRow, explain: (error) => error, drop };
  };

  if (await isWhole(path)) {
    // What cannot be read counts as not kept.
    const known = about.safeParse(
      await readFile(details, 'utf8')
        .then(JSON.parse)
        .catch(() => undefined),
    ).data;
    if (known !== undefined) {
      keep.onFound('the imported table');
      return view(known);
    }
  }
  const imported = await readTable(tables, files, table, scratch, options);
  if (imported.row === ownRow) return imported;
  const { rows, columns, notes, images } = imported;
  const query = `SELECT ${columns.map(({ name }) => identifier(name)).join(', ')} FROM ${table}`;
  await writeParquet(tables, query, `${path}.part`, images, { width: columns.length, quick: true });
  await imported.drop();
  await writeFile(details, JSON.stringify({ rows, notes, images }));
  await rename(`${path}.part`, path);
  await seal(path);
  return view({ rows, notes, images });
}

/** Has `write` make a file, unless an earlier attempt has made it already. */
export async function writeKept(
  keep: Keep | undefined,
  name: string,
  target: string,
  write: (target: string) => Promise<void>,
): Promise<void> {
  if (keep === undefined) return write(target);
  const kept = join(keep.folder, name);
  if (await isWhole(kept)) keep.onFound(name);
  else {
    await write(target);
    await rm(kept, { force: true });
    await share(target, kept);
    await seal(kept);
    return;
  }
  await share(kept, target);
}

/** A second name for the same bytes, or a copy on another disk. */
const share = (from: string, to: string): Promise<void> => link(from, to).catch(() => copyFile(from, to));

/** Notes a file's digest beside it, last: without it, or with another, the file does not count. */
async function seal(path: string): Promise<void> {
  await writeFile(`${path}.sha256.part`, await digest(path));
  await rename(`${path}.sha256.part`, `${path}.sha256`);
}

async function isWhole(path: string): Promise<boolean> {
  const sealed = await readFile(`${path}.sha256`, 'utf8').catch(() => undefined);
  return sealed !== undefined && sealed === (await digest(path).catch(() => undefined));
}

async function digest(path: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path, { highWaterMark: 1 << 20 }), hash);
  return hash.digest('hex');
}
