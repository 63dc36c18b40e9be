import type { ColumnProgram, ColumnStep } from '@banyan/engine';
import { DataError } from '../../error.ts';
import { isMany, isNumeric, valueSql } from '../program.ts';
import type { StepOptions } from '../schema.ts';
import { inTraining, selectPrograms, type Work } from '../work.ts';
import { binNames } from './bin.ts';
import { categoriesOf, isCategory } from './categories.ts';
import { addDates, parseDates } from './columns.ts';
import { encodeTarget } from './encode-target.ts';

/**
 * Turns categories into numbers. One-hot: a feature for each category seen in training; ordinal: its place among them
 * in alphabetical order. A category that training has not seen is all zeros (or the rest), or -1; so is a missing one.
 */
export async function encode(work: Work, options: StepOptions['encode']): Promise<void> {
  if (options.method === 'cycles') return encodeCycles(work, options);
  const named = options.columns === '*' ? [] : [options.columns].flat();
  for (const program of work.programs) if (named.includes(program.name)) nameBins(program);
  const needs = 'a category still to be encoded';
  for (const program of selectPrograms(work, 'encode', options.columns, isCategory, needs)) {
    if (options.method === 'target') await encodeTarget(work, program, options);
    else if (options.method === 'hash') await hash(work, program, options);
    else if (options.method === 'ordinal') {
      const { categories, unseen } = await categoriesOf(work, program);
      noteUnseen(work, program, unseen);
      program.steps.push({ op: 'ordinal', categories });
    } else await oneHot(work, program, options);
  }
}

/** An interval becomes a category by its name. */
function nameBins(program: ColumnProgram): void {
  const last = program.steps.at(-1);
  if (last?.op === 'bin') program.steps.push({ op: 'names', names: binNames(last.edges) });
}

async function oneHot(
  work: Work,
  program: ColumnProgram,
  { most, rare }: StepOptions['encode'],
): Promise<void> {
  const isBounded = most !== undefined || rare !== undefined;
  const { categories: all, unseen } = await categoriesOf(work, program, isBounded ? 1_000_000 : undefined);
  const kept = isBounded ? await frequent(work, program, all.length, { most, rare }) : all;
  if (kept.length === all.length) noteUnseen(work, program, unseen);
  else
    work.notes.push(
      `${all.length - kept.length} of ${all.length} categories of "${program.name}" are one, for being rare`,
    );
  let rest = 'other';
  while (all.includes(rest)) rest = `all ${rest}`;
  const categories = kept.length < all.length ? [...kept, rest] : kept;
  program.steps.push({ op: 'one-hot', categories, ...(kept.length < all.length ? { rest } : {}) });
  program.width = categories.length;
}

/** The categories with the most training rows, of equal ones the first in the alphabet; in the alphabet's order. */
async function frequent(
  work: Work,
  program: ColumnProgram,
  all: number,
  { most = 1000, rare = 1 }: Pick<StepOptions['encode'], 'most' | 'rare'>,
): Promise<string[]> {
  const counted = await work.tables.rows<[string, number]>(
    `SELECT x, count(*) AS n FROM (SELECT ${valueSql(program)} AS x FROM data WHERE ${inTraining})
     WHERE x IS NOT NULL GROUP BY x HAVING n >= ${rare} ORDER BY n DESC, x LIMIT ${most}`,
  );
  const names = counted.map(([name]) => name);
  return (names.length < all ? names.slice(0, most - 1) : names).sort(byBytes);
}

const byBytes = (a: string, b: string): number => Buffer.compare(Buffer.from(a), Buffer.from(b));

/**
 * Categories into a fixed number of features by a hash (FNV-1a). ONNX has none for text, so the model carries the categories
 * of the training rows with their buckets, and one more feature stands for those it has never seen.
 */
async function hash(
  work: Work,
  program: ColumnProgram,
  { buckets = 32 }: StepOptions['encode'],
): Promise<void> {
  const { categories: from } = await categoriesOf(work, program, 20_000);
  const to = from.map((category) => `bucket ${fnv1a(category) % buckets}`);
  const categories = [...Array.from({ length: buckets }, (_, i) => `bucket ${i}`), 'unseen'];
  program.steps.push({ op: 'rename-values', from, to }, { op: 'one-hot', categories, rest: 'unseen' });
  program.width = categories.length;
  work.notes.push(
    `"${program.name}": ${from.length} categories share ${buckets} buckets; those that training has not seen share one more`,
  );
}

function fnv1a(text: string): number {
  let hash = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(text)) hash = Math.imul(hash ^ byte, 0x01000193);
  return hash >>> 0;
}

/** Steps after which a date is a date still. */
const leavesDates: ReadonlySet<ColumnStep['op']> = new Set(['date', 'impute', 'impute-by', 'clip']);

/** Sine and cosine of parts of a date, so that December is beside January. */
async function encodeCycles(work: Work, options: StepOptions['encode']): Promise<void> {
  const { columns, of = ['month', 'weekday'] } = options;
  for (const name of [columns].flat()) addDates(work, name);
  for (const program of selectPrograms(work, 'encode', columns, (one) => !isMany(one), 'a date')) {
    if (!isNumeric(program)) await parseDates(work, { columns: program.name, otherwise: 'missing' });
    const read = program.steps.findLastIndex(({ op }) => op === 'date');
    const isDate = program.steps.slice(read).every(({ op }) => leavesDates.has(op));
    if (read < 0 || !isDate)
      throw new DataError(
        'column',
        `encode: "${program.name}" is a number and no date${read < 0 ? '' : ' any more'}; cycles need a date`,
        { column: program.name },
      );
    program.steps.push({ op: 'cycle', parts: of });
    program.width = 2 * of.length;
  }
}

function noteUnseen(work: Work, program: ColumnProgram, unseen: number): void {
  if (unseen > 0)
    work.notes.push(
      `"${program.name}" has ${unseen} categor${unseen === 1 ? 'y' : 'ies'} outside training only; encoded as unknown`,
    );
}
