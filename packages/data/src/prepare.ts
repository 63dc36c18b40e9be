import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { createRandom, rawColumns } from '@banyan/engine';
import { describeColumns } from './column.ts';
import { DataError } from './error.ts';
import type { Fitted } from './fitted.ts';
import { isImage } from './images/folder.ts';
import type { ImportLimits } from './import/import-table.ts';
import { type Keep, readKept, worthKeeping, writeKept } from './import/keep.ts';
import { writeParquet } from './import/parquet.ts';
import type { InputFile } from './import/source.ts';
import { type Progress, type ProgressTrack, trackProgress } from './progress.ts';
import { findLeaks } from './quality/leaks.ts';
import { bySeverity, inspectTable } from './quality/report.ts';
import { assignSplits } from './recipe/assign.ts';
import { cleanColumns, dropWithoutTarget } from './recipe/clean.ts';
import { countSplits, findLastKnown, requireNumbers } from './recipe/features.ts';
import { checkRecipe } from './recipe/parse.ts';
import { featureNames, featuresSql } from './recipe/program.ts';
import { assignRoles } from './recipe/roles.ts';
import { findStep, type Recipe } from './recipe/schema.ts';
import { applyStep } from './recipe/steps/apply-step.ts';
import { joinTables } from './recipe/steps/join.ts';
import { cutDocuments, textLength, tokenize } from './recipe/steps/tokenize.ts';
import { countWindows, noteRepeatedTimes, seriesOrder } from './recipe/steps/windows.ts';
import { fitTarget, targetSql } from './recipe/target.ts';
import { mostFeatureColumns, own, ownFeature, remake, type Work } from './recipe/work.ts';
import { splitNames } from './split.ts';
import { identifier } from './sql.ts';
import { databaseFor, openTables, translate } from './table.ts';

export interface PrepareOptions extends ImportLimits {
  files: readonly InputFile[];
  /** The files of the datasets that `join` steps name, by `joinName`. */
  joins?: ReadonlyMap<string, readonly InputFile[]>;
  /** The tokenizer.json that a `tokenize` step of `method: file` names. */
  tokenizer?: InputFile;
  recipe: Recipe;
  seed: number;
  outDir: string;
  signal?: AbortSignal;
  onProgress?: Progress;
  /** Where what is done is kept for a next attempt; the bytes made do not depend on it. */
  keep?: Keep | undefined;
}

/**
 * Carries out a recipe: imports the files, drops rows whose target is missing, then takes the steps in order. Rows get
 * their splits before the first step that measures something, and all that is measured is measured on the training split.
 * Writes train.parquet, valid.parquet and test.parquet (the raw cleaned columns, then "banyan.feature.0" and so on, "banyan.target",
 * "banyan.series" or "banyan.tokens"), profile.json (of the cleaned rows of all splits) and last fitted.json. The same
 * files, recipe and seed give the same bytes.
 * @throws DataError, with nothing left in outDir but what was there.
 */
export async function prepare(options: PrepareOptions): Promise<Fitted> {
  const recipe = checkRecipe(options.recipe);
  const outDir = resolve(options.outDir);
  const scratch = join(outDir, '.scratch');
  try {
    await mkdir(scratch, { recursive: true });
    const fitted = await prepareInto(scratch, { ...options, recipe, outDir });
    const names = [...splitNames.map((name) => `${name}.parquet`), 'profile.json', 'fitted.json'];
    for (const name of names) await rename(join(scratch, name), join(outDir, name));
    return fitted;
  } catch (error) {
    throw translate(error);
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

async function prepareInto(scratch: string, options: PrepareOptions): Promise<Fitted> {
  const { files, recipe, seed, outDir, signal, joins = new Map() } = options;
  const all = [...files, ...joins.values()].flat();
  const keep = worthKeeping(files, options.keep);
  const track = trackProgress(options.onProgress);
  const tables = await openTables({
    // Images are read here, not by DuckDB.
    inputs: all.filter(({ name }) => !isImage(name)).map((file) => resolve(file.path)),
    folders: [outDir, ...(keep ? [keep.folder] : [])],
    scratch: join(scratch, 'spill'),
    memoryLimitMb: options.memoryLimitMb,
    threads: options.threads,
    ...databaseFor(all, join(scratch, 'tables.db'), options.memoryLimitMb),
    isTrusted: true,
    signal,
    onStatement: track.onStatement,
  });
  try {
    const read = await readKept(tables, files, 'imported', scratch, { ...options, keep, track });
    const imported = await joinTables(tables, read, recipe, joins, scratch, { ...options, track });
    track.over(imported.rows, 'rows');
    const notes = [...imported.notes];
    const roles = assignRoles(recipe, imported.columns, notes);
    const programs = await cleanColumns(tables, 'imported', imported, roles, notes).catch(
      (error: unknown) => {
        throw imported.explain(error);
      },
    );
    const work: Work = {
      tables,
      recipe,
      roles,
      columns: imported.columns,
      imported,
      programs,
      images: { ...imported.images },
      random: createRandom(seed),
      isSplit: false,
      dropped: 0,
      notes,
    };
    await takeSteps(work, track).catch((error: unknown) => {
      throw work.imported ? work.imported.explain(error) : error;
    });
    track.step('write', 0, splitNames.length);
    const fitted = await finish(work, seed, options);
    // Both only read: one goes on where the other waits for a single thread.
    const [written, described] = await Promise.allSettled([
      writeSplits(work, fitted, scratch, track, keep),
      tables.beside((other) => describe({ ...work, tables: other }, rawQuery(work, fitted))),
    ]);
    if (written.status === 'rejected') throw written.reason;
    if (described.status === 'rejected') throw described.reason;
    await writeFile(join(scratch, 'profile.json'), JSON.stringify(described.value));
    await writeFile(join(scratch, 'fitted.json'), `${JSON.stringify(fitted, null, 1)}\n`);
    return fitted;
  } finally {
    tables.close();
  }
}

async function takeSteps(work: Work, track: ProgressTrack): Promise<void> {
  const { recipe, roles } = work;
  // Documents and images are made anew by their steps.
  if (roles.kind === 'text' || roles.kind === 'image') await remake(work, 'SELECT * FROM data');
  await dropWithoutTarget(work);
  const text = findStep(recipe, 'tokenize');
  if (text) await cutDocuments(work, text);
  for (const [done, step] of recipe.steps.entries()) {
    track.step(Object.keys(step)[0]!, done, recipe.steps.length);
    await applyStep(work, step);
  }
  await assignSplits(work);
}

/** The profile of the cleaned rows, with what would leak; that is noted too. */
async function describe(work: Work, query: string) {
  const { tables } = work;
  const columns = await describeColumns(tables, query, work.images);
  const [rows] = await tables.row<[number]>('SELECT count(*) FROM data');
  const report = await inspectTable({ tables, from: 'data', row: own.row, columns, rows });
  const leaks = await findLeaks(work);
  work.notes.push(...leaks.map(({ message }) => message));
  report.quality.findings = bySeverity([...leaks, ...report.quality.findings]);
  return report;
}

/** Fits what is left when all steps are done, and puts everything fitted together. */
async function finish(
  work: Work,
  seed: number,
  { tokenizer, signal }: Pick<PrepareOptions, 'tokenizer' | 'signal'>,
): Promise<Fitted> {
  const { recipe, roles, programs } = work;
  const window = findStep(recipe, 'window');
  const image = findStep(recipe, 'image');
  const text = findStep(recipe, 'tokenize');
  if (roles.kind === 'tabular' || window) await requireNumbers(work);
  if (window) await noteRepeatedTimes(work, window);
  const rows = await countSplits(work);
  const splits = window ? await countWindows(work, window) : rows;
  const target = await fitTarget(work);
  const tokens = text ? await tokenize(work, text, tokenizer, signal) : {};
  const features = programs.flatMap((program) =>
    featureNames(program).map((name) => ({ name, column: program.name })),
  );
  const shape = image
    ? await imageShape(work, image.column)
    : window
      ? [window.length, features.length]
      : text
        ? roles.task === 'classification'
          ? [textLength(text)]
          : []
        : [features.length];
  const lastKnown =
    window && recipe.target !== undefined ? findLastKnown(programs, recipe.target) : undefined;
  return {
    version: 1,
    kind: roles.kind,
    task: roles.task,
    recipe,
    seed,
    columns: programs,
    features,
    shape,
    ...(window ? { window: { length: window.length, horizon: window.horizon, target: recipe.target! } } : {}),
    ...(work.pixels ? { image: work.pixels } : {}),
    ...(target ? { target } : {}),
    ...(lastKnown ? { lastKnown } : {}),
    ...(text && roles.task === 'classification' ? { text: { column: text.column } } : {}),
    ...tokens,
    splits,
    dropped: work.dropped,
    notes: work.notes,
  };
}

/** The shape that came with the images; for bytes from elsewhere a square, if they are all of one square's size. */
async function imageShape(work: Work, column: string): Promise<number[]> {
  const bytes = `octet_length(${identifier(column)})`;
  const [least, most, missing] = await work.tables.row<[number, number, number]>(
    `SELECT min(${bytes}), max(${bytes}), count(*) FILTER (${bytes} IS NULL) FROM data`,
  );
  if (missing > 0)
    throw new DataError(
      'column',
      `"${column}" is missing in ${missing} rows; begin with drop-missing: { columns: [${column}] }`,
      { column },
    );
  if (least !== most)
    throw new DataError(
      'column',
      `"${column}" has images of ${least} to ${most} bytes; they must all be of one size`,
      { column },
    );
  const known = work.images[column];
  if (known) return known;
  const side = Math.round(Math.sqrt(most));
  return side * side === most ? [side, side] : [most];
}

/** A column for each feature is half the work and smaller; very many are one list, so that a file's head stays small. */
function featureColumns(features: readonly string[]): string[] {
  if (features.length > mostFeatureColumns)
    return [`[${features.map((sql) => `CAST(${sql} AS FLOAT)`).join(', ')}] AS ${own.features}`];
  return features.map((sql, i) => `${sql} AS ${ownFeature(i)}`);
}

/** Pixels weigh as much in memory as this many make a number. */
const bytesOfValue = 8;

/** The columns that a split keeps as they were, cleaned. */
function rawNames({ roles, columns }: Work, fitted: Fitted): string[] {
  const used = new Set(
    [...rawColumns(fitted.columns), ...roles.kept, ...(roles.target ? [roles.target] : [])].map(
      ({ name }) => name,
    ),
  );
  return columns.map(({ name }) => name).filter((name) => used.has(name));
}

const rawQuery = (work: Work, fitted: Fitted): string =>
  `SELECT ${rawNames(work, fitted).map(identifier).join(', ')} FROM data`;

/** Writes a Parquet file of each split: the raw columns, then the features and what else training takes. */
async function writeSplits(
  work: Work,
  fitted: Fitted,
  folder: string,
  track: ProgressTrack,
  keep: Keep | undefined,
): Promise<void> {
  const { tables, roles, images } = work;
  const names = rawNames(work, fitted);
  const raw = names.map(identifier);
  const window = findStep(work.recipe, 'window');
  const series = window ? seriesOrder(window) : undefined;
  const features = featuresSql(fitted.columns, 'data');
  const extra = [
    ...featureColumns(features.sql),
    ...(fitted.target ? [targetSql(fitted.target)] : []),
    ...(work.recipe.split.folds === undefined ? [] : [own.fold]),
    ...(series ? [series.rank] : []),
    ...(fitted.tokenizer ? [own.tokens] : []),
  ];
  // Rows lie in `data` in their order, which a filter keeps; a join may not.
  const sorted = fitted.tokenizer ? own.row : undefined;
  const order = series?.order ?? sorted;
  const from = fitted.tokenizer ? `data JOIN tokens USING (${own.row})` : features.from;
  const shapes = Object.fromEntries(Object.entries(images).filter(([name]) => names.includes(name)));
  const pixels = fitted.shape.reduce((product, size) => product * size, 1);
  // Of numbers Zstandard makes files that are a twentieth smaller, in a fifth more of the time.
  const isNumbers = roles.kind === 'tabular' || roles.kind === 'sequence';
  for (const [index, name] of splitNames.entries()) {
    const query = `SELECT ${[...raw, ...extra].join(', ')} FROM ${from} WHERE ${own.split} = ${index}${order === undefined ? '' : ` ORDER BY ${order}`}`;
    const width = raw.length + fitted.features.length + (fitted.image ? Math.ceil(pixels / bytesOfValue) : 0);
    await writeKept(keep, `${name}.parquet`, join(folder, `${name}.parquet`), (path) =>
      writeParquet(tables, query, path, shapes, { width, quick: isNumbers }),
    );
    track.step('write', index + 1, splitNames.length);
  }
  track.step('profile', 0, 1);
}
