import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { describeColumns } from '../column.ts';
import { DataError } from '../error.ts';
import { importTable } from '../import/import-table.ts';
import { readShapes } from '../import/parquet.ts';
import { type InputFile, openSources } from '../import/source.ts';
import type { Features } from '../query/question.ts';
import { literal } from '../sql.ts';
import { type ChosenSplit, chooseFiles, type Kind } from './choose.ts';
import { convertImages, convertPixels, featuresOfQuery } from './images.ts';
import { inspectParquet } from './parquet-files.ts';
import { type Problem, withTables } from './problem.ts';
import type { Shard } from './shards.ts';
import { convertLines } from './text-lines.ts';

export interface ConvertedPart {
  config: string;
  split: string;
  part: number;
  rows: number;
  features: Features;
  /** Where its bytes are on this machine. */
  path: string;
  /** The given file that it is, byte for byte; absent for one that was written. */
  given?: string;
}

export interface ConvertOptions {
  signal?: AbortSignal;
  /** The card, whose front matter may say which files make which split. */
  readme?: string | undefined;
  /** Bytes of the files of one split together, unpacked. Default 4 GB. */
  maxBytes?: number;
  onProgress?: (done: number, total: number) => void;
}

/** A version of this many splits is no version to look at. */
const mostSplits = 200;
/** Files of one split that are left out, one after the other, before the split is given up. */
const mostBadFiles = 20;

/**
 * Turns a version's files into Parquet, each split apart, in `folder`. Files that are Parquet already stay as they are.
 * What cannot be read is left out and said, file by file.
 */
export async function convert(
  files: readonly InputFile[],
  folder: string,
  options: ConvertOptions = {},
): Promise<{ parts: ConvertedPart[]; problems: Problem[] }> {
  const choice = chooseFiles(
    files.map(({ name }) => name),
    options.readme,
  );
  const plans = choice.splits.slice(0, mostSplits);
  const parts: ConvertedPart[] = [];
  const problems: Problem[] = [...choice.left];
  for (const [done, plan] of plans.entries()) {
    options.onProgress?.(done, plans.length);
    const names = new Set(plan.names);
    const found = await convertSplit(
      files.filter(({ name }) => names.has(name)),
      join(folder, `split-${done}`),
      plan,
      options,
    );
    parts.push(...found.parts);
    problems.push(...found.problems);
  }
  options.onProgress?.(plans.length, plans.length);
  return { parts, problems };
}

async function convertSplit(
  files: InputFile[],
  folder: string,
  { config, split, kind }: ChosenSplit,
  options: ConvertOptions,
): Promise<{ parts: ConvertedPart[]; problems: Problem[] }> {
  await mkdir(folder, { recursive: true });
  const problems: Problem[] = [];
  try {
    if (kind === 'parquet' && files.every(({ name }) => !/\.gz$/i.test(name))) {
      const found = await inspectParquet(files, options.signal);
      problems.push(...found.problems);
      const parts = found.files.map(({ path, name, rows }, part) => ({
        config,
        split,
        part,
        rows,
        features: found.features,
        path,
        given: name,
      }));
      return { parts, problems };
    }
    const { shards, features } = await write(kind, files, folder, problems, options);
    return {
      parts: shards.map(({ path, rows }, part) => ({ config, split, part, rows, features, path })),
      problems,
    };
  } catch (error) {
    options.signal?.throwIfAborted();
    if (!(error instanceof DataError) || error.code === 'disk') throw error;
    const named = error.details['file'];
    const path = typeof named === 'string' ? named : (files[0]?.name ?? split);
    return { parts: [], problems: [...problems, { path, message: error.message }] };
  }
}

async function write(
  kind: Kind,
  files: InputFile[],
  folder: string,
  problems: Problem[],
  options: ConvertOptions,
): Promise<{ shards: Shard[]; features: Features }> {
  const { signal, maxBytes = 4e9 } = options;
  if (kind === 'images') {
    const found = await convertImages(files, folder, { signal });
    problems.push(...found.problems);
    return found;
  }
  const [only, ...more] = files;
  if (kind === 'text' && only !== undefined && more.length === 0) {
    const [source] = await openSources([only], folder, maxBytes);
    return convertLines(source!, folder, signal);
  }
  const table = join(folder, '0000.parquet');
  const rows = await importReadable(files, table, problems, { ...options, maxBytes });
  return withTables({ inputs: [table], signal }, async (tables) => {
    const shapes = await readShapes(tables, table);
    const query = `SELECT * FROM read_parquet(${literal(table)})`;
    const [picture] = (await describeColumns(tables, query, shapes)).filter((column) => column.shape);
    if (picture?.shape) return convertPixels(table, join(folder), picture.name, picture.shape, signal);
    return { shards: [{ path: table, rows }], features: await featuresOfQuery(tables, table) };
  });
}

/** Imports the files that can be read; each one that cannot is left out and told. Throws when none is left. */
async function importReadable(
  files: InputFile[],
  out: string,
  problems: Problem[],
  { signal, maxBytes }: ConvertOptions & { maxBytes: number },
): Promise<number> {
  let readable = files;
  for (let bad = 0; ; bad++) {
    try {
      return (await importTable(readable, out, { maxBytes, ...(signal ? { signal } : {}) })).rows;
    } catch (error) {
      signal?.throwIfAborted();
      const named = error instanceof DataError && error.code !== 'disk' ? error.details['file'] : undefined;
      const rest = readable.filter(({ name }) => name !== named && name !== `${String(named)}.gz`);
      if (rest.length === readable.length || rest.length === 0 || bad >= mostBadFiles) throw error;
      problems.push({ path: String(named), message: (error as Error).message });
      readable = rest;
    }
  }
}
