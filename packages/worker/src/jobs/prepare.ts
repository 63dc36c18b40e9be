import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { JobInput, Json } from '@banyan/contract';
import {
  DataError,
  type Fitted,
  type InputFile,
  importTable,
  inspect,
  joinName,
  type Progress,
  parseRecipe,
  prepare,
  preview,
  type Row,
  readDistributions,
  tokenizerOf,
} from '@banyan/data';
import type { Outcome, Report, Work } from '../assignment.ts';
import { datasetCard } from '../card.ts';
import { convertVersion, profileSplit } from '../converted.ts';
import { dataFiles, openPrepared } from '../prepared.ts';
import { toJson } from '../to-json.ts';

const shownRows = 50;
const shownCharacters = 500;

/** Without a recipe profiles a dataset version; with one cleans, transforms and splits it into a prepared version. */
export const prepareJob: Work<'prepare'> = async (assignment, report, signal) => {
  const { payload, folder, dataset = '', joins: folders = [], kept, attempt } = assignment;
  const { recipe, seed } = payload;
  if (recipe === undefined) return profileVersion(payload, folder, dataset, report, signal);

  const outDir = join(folder, 'prepared');
  await mkdir(outDir);
  const parsed = parseRecipe(JSON.stringify(recipe));
  const found: string[] = [];
  const onFound = (what: string) => {
    found.push(what);
    const message = `Attempt ${attempt} goes on from an earlier one: ${what} is there already.`;
    report({ kind: 'log', level: 'info', message });
    const phase = `going on from an earlier attempt: ${what}`;
    report({ kind: 'progress', progress: { step: found.length, phase } });
  };
  const named = tokenizerOf(parsed);
  const given = payload.dataset.files.filter(({ path }) => path === named);
  const tellLeft = (message: string) => report({ kind: 'log', level: 'info', message });
  const files = await dataFiles(
    dataset,
    payload.dataset.files.filter(({ path }) => path !== named),
    tellLeft,
  );
  const [tokenizer] = given.map(({ path }) => ({ path: join(dataset, path), name: path }));
  const joined = payload.joins ?? [];
  const joins = new Map<string, InputFile[]>();
  for (const [place, input] of joined.entries())
    joins.set(
      joinName({ dataset: input.path, revision: input.commit }),
      await dataFiles(folders[place] ?? '', input.files, tellLeft),
    );
  const onProgress = reporter(report);
  const fitted = await prepare({
    files,
    joins,
    ...(tokenizer !== undefined && { tokenizer }),
    recipe: parsed,
    seed,
    outDir,
    signal,
    onProgress,
    ...(kept === undefined ? {} : { keep: { folder: kept, onFound } }),
  });
  if (attempt > 1 && found.length === 0)
    report({
      kind: 'log',
      level: 'info',
      message: `Attempt ${attempt} began anew: this worker has nothing of an earlier one.`,
    });
  for (const note of fitted.notes) report({ kind: 'log', level: 'warning', message: note });
  const names = ['train.parquet', 'valid.parquet', 'test.parquet', 'profile.json', 'fitted.json'];
  const sources = [payload.dataset, ...joined].map(({ path, commit }) => ({
    dataset: path,
    revision: commit,
  }));
  return {
    result: {
      kind: 'prepare',
      ...(await describePrepared(outDir, fitted)),
      files: [],
      card: datasetCard(fitted, sources),
    },
    files: names.map((path) => ({ path, file: join(outDir, path) })),
  };
};

/** The profile of a version as it is, and its splits as Parquet, to look at. */
async function profileVersion(
  { dataset: input, previous }: { dataset: JobInput; previous?: Json | undefined },
  folder: string,
  dataset: string,
  report: (report: Report) => void,
  signal: AbortSignal,
): Promise<Outcome> {
  const files = await dataFiles(dataset, input.files, (message) =>
    report({ kind: 'log', level: 'info', message }),
  );
  const { converted, outputs, first } = await convertVersion(input, folder, dataset, report, signal);
  const paths = new Set(input.files.map(({ path }) => path));
  const isPrepared = ['fitted.json', 'profile.json', 'train.parquet'].every((path) => paths.has(path));
  const profiled = isPrepared
    ? openPrepared(dataset).then(({ fitted }) => describePrepared(dataset, fitted))
    : profileOnly(folder, files, previous, report, signal);
  const described = await profiled.catch((error: unknown) => {
    signal.throwIfAborted();
    // Files that do not make one table may still make several, one a split.
    if (!(error instanceof DataError) || error.code === 'disk' || first === undefined) throw error;
    report({
      kind: 'log',
      level: 'warning',
      message: `The profile is of the first split alone: ${error.message}`,
    });
    return profileSplit(first, folder);
  });
  return { result: { kind: 'prepare', ...described, files: [], converted }, files: outputs };
}

async function profileOnly(
  folder: string,
  files: InputFile[],
  previous: Json | undefined,
  report: (report: Report) => void,
  signal: AbortSignal,
): Promise<{ profile: Json; rows: Record<string, Json>[] }> {
  const table = join(folder, 'table.parquet');
  await importTable(files, table, { signal, onProgress: reporter(report) });
  report({ kind: 'progress', progress: { step: 0, phase: 'profiling' } });
  const found = await inspect(table, { signal, previous: readDistributions(previous) });
  const rows = await preview(table, { limit: shownRows });
  return { profile: toJson(found), rows: rows.map(showRow) };
}

/** A prepared version brings its profile with it. */
async function describePrepared(
  dir: string,
  fitted: Fitted,
): Promise<{ profile: Json; rows: Record<string, Json>[] }> {
  const found = JSON.parse(await readFile(join(dir, 'profile.json'), 'utf8')) as Json;
  const examples = await (await openPrepared(dir)).examples(
    'train',
    fitted.window === undefined ? shownRows : 2,
  );
  return { profile: found, rows: examples.flat().slice(0, shownRows).map(showRow) };
}

const reporter =
  (report: (report: Report) => void): Progress =>
  ({ phase, done, total, unit, remainingMs }) =>
    report({
      kind: 'progress',
      progress: {
        step: done,
        totalSteps: total,
        phase,
        ...(unit === 'steps' ? {} : { unit }),
        ...(remainingMs === undefined ? {} : { remainingMs }),
      },
    });

/** Rows for looking at: a book in one cell would make the page a book. */
const showRow = (row: Row): Record<string, Json> =>
  Object.fromEntries(
    Object.entries(row).map(([name, value]) => [
      name,
      typeof value === 'string' && value.length > shownCharacters
        ? `${value.slice(0, shownCharacters)} …`
        : toJson(value),
    ]),
  );
