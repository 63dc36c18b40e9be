import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import {
  type ColumnStatistics,
  type ConvertedFile,
  convertedPath,
  type JobInput,
  type JobResult,
  type Json,
} from '@banyan/contract';
import { answerQuestion, type ConvertedPart, convert } from '@banyan/data';
import type { Report } from './assignment.ts';
import type { OutputFile } from './outputs.ts';
import { readCard } from './prepared.ts';

type Converted = NonNullable<Extract<JobResult, { kind: 'prepare' }>['converted']>;

/** More problems than that are one problem. */
const mostProblems = 200;
const mostCharacters = 900;

/** A version's splits as Parquet: what was written is to be handed in, what was Parquet already is named by its sha256. */
export async function convertVersion(
  input: JobInput,
  folder: string,
  dataset: string,
  report: (report: Report) => void,
  signal: AbortSignal,
): Promise<{ converted: Converted; outputs: OutputFile[]; first: ConvertedPart | undefined }> {
  const out = join(folder, 'converted');
  await mkdir(out);
  const files = input.files.map(({ path }) => ({ path: join(dataset, path), name: path }));
  const readme = await readCard(dataset, input.files);
  const { parts, problems } = await convert(files, out, {
    readme,
    signal,
    onProgress: (step, totalSteps) =>
      report({ kind: 'progress', progress: { step, totalSteps, phase: 'converting' } }),
  });
  const hashes = new Map(input.files.map(({ path, sha256 }) => [path, sha256]));
  const outputs: OutputFile[] = [];
  const converted = parts.map(({ config, split, part, rows, features, path, given }): ConvertedFile => {
    const file = { config, split, part, rows, features };
    const sha256 = given === undefined ? undefined : hashes.get(given);
    if (sha256 !== undefined) return { ...file, given: sha256 };
    outputs.push({ path: convertedPath(file), file: path });
    return file;
  });
  return {
    converted: {
      files: converted,
      problems: problems.slice(0, mostProblems).map(({ path, message }) => ({
        path: path.slice(0, mostCharacters),
        message: message.slice(0, mostCharacters),
      })),
    },
    outputs,
    first: parts[0],
  };
}

/** A profile of one split, for versions whose files are no one table: images, or splits with columns of their own. */
export async function profileSplit(
  { path, rows, features }: ConvertedPart,
  folder: string,
): Promise<{ profile: Json; rows: Record<string, Json>[] }> {
  const limits = { memoryMb: 512, timeMs: 300_000, answerBytes: 4 << 20 };
  const table = { name: 'data', files: [{ path, rows }], features };
  const answer = await answerQuestion([table], { ask: 'statistics' }, limits, folder);
  if (answer.ask !== 'statistics') throw new Error('statistics were asked for');
  return { profile: { rows, columns: answer.columns.map(describeColumn) }, rows: [] };
}

function describeColumn({ name, type, missing, distinct, numbers, span, top }: ColumnStatistics): Json {
  const known = {
    name,
    type: type === 'label' ? 'text' : type,
    missing,
    distinct: distinct ?? 0,
    examples: [],
  };
  if (span) return { ...known, times: span };
  if (top) return { ...known, top };
  if (!numbers || (type !== 'number' && type !== 'integer')) return known;
  const { min, max, mean, std, median, quantiles, histogram } = numbers;
  return {
    ...known,
    numbers: {
      infinite: 0,
      min,
      max,
      mean,
      std,
      quantiles: { ...quantiles, q50: median },
      histogram: { low: min, high: max, counts: histogram.counts },
    },
  };
}
