import { type ColumnProgram, type ColumnStep, isoFormats, sourceOf } from '@banyan/engine';
import { DataError, unknownColumn } from '../../error.ts';
import { isMany, isNumeric, valueSql } from '../program.ts';
import type { StepName, StepOptions } from '../schema.ts';
import { addProgram, dropRows, selectPrograms, type Work } from '../work.ts';
import { isCategory } from './categories.ts';
import { unitsTo } from './units.ts';

/** Narrows the features to the named columns, or to all but those. The target and the like stay whatever is named. */
export async function select(work: Work, options: StepOptions['select']): Promise<void> {
  const named = new Set('columns' in options ? [options.columns].flat() : [options.except].flat());
  const known = new Set([...work.programs, ...work.columns].map(({ name }) => name));
  for (const name of named) if (!known.has(name)) throw unknownColumn(name, [...known]);
  work.programs = work.programs.filter((program) => named.has(program.name) === 'columns' in options);
}

/** Gives features other names; a served row keeps the names of the raw columns. */
export async function rename(work: Work, { columns }: StepOptions['rename']): Promise<void> {
  const renamed = Object.entries(columns).map(([old, name]) => {
    const [program] = selectPrograms(work, 'rename', [old], () => true, 'a feature');
    return { program: program!, name };
  });
  for (const { program, name } of renamed) {
    const others = work.programs.filter((other) => !renamed.some((one) => one.program === other));
    const isTaken = others.some((other) => other.name === name) || reserved(work).has(name);
    if (isTaken || renamed.filter((one) => one.name === name).length > 1)
      throw new DataError('column', `rename: there is a column "${name}" already`, { column: name });
    program.from = sourceOf(program);
  }
  for (const { program, name } of renamed) program.name = name;
}

/** Names that are no features but have a part to play. */
const reserved = ({ roles }: Work): Set<string> =>
  new Set([...roles.kept, ...(roles.target ? [roles.target] : [])].map(({ name }) => name));

/** What boolean columns say, in any of the three usual ways to write letters. */
const truths = {
  yes: ['true', 't', 'yes', 'y', '1'].flatMap(spellings),
  no: ['false', 'f', 'no', 'n', '0'].flatMap(spellings),
};

function spellings(word: string): string[] {
  const capital = word[0]!.toUpperCase() + word.slice(1);
  return [...new Set([word, capital, word.toUpperCase()])];
}

/** Reads columns as another type. Numbers that are to be text were taken as such from the files (`assignRoles`). */
export async function cast(work: Work, { columns, to, otherwise }: StepOptions['cast']): Promise<void> {
  if (to === 'date') return parseDates(work, { columns, otherwise });
  const programs = selectPrograms(work, 'cast', columns, (program) => !isMany(program), 'a single value');
  for (const program of programs) {
    const numeric = isNumeric(program);
    if (to === 'text' && numeric)
      throw new DataError(
        'column',
        `cast: "${program.name}" has become a number by an earlier step; bin: it for categories, or cast it first`,
        { column: program.name },
      );
    if (to === 'text' || numeric) continue;
    await read(work, 'cast', program, to === 'number' ? { op: 'number' } : { op: 'truth', ...truths }, {
      what: to === 'number' ? 'a number' : 'true or false',
      otherwise,
    });
  }
}

/** Reads texts as days since 1970-01-01, the time of day as a fraction. */
export async function parseDates(
  work: Work,
  { columns, formats = isoFormats, otherwise }: StepOptions['parse-dates'],
): Promise<void> {
  for (const name of columns === '*' ? [] : [columns].flat()) addDates(work, name);
  for (const program of selectPrograms(work, 'parse-dates', columns, isCategory, 'a text or date')) {
    // A column of dates is written in ISO 8601 here, however its file has it and a served row may bring it.
    const own = isDate(work, program.name) ? isoFormats : [];
    const known = [...new Set([...own, ...[formats].flat()])];
    await read(work, 'parse-dates', program, { op: 'date', formats: known }, { what: 'a date', otherwise });
  }
}

/** A column of dates is a feature once a step asks for it. */
export function addDates(work: Work, name: string): void {
  if (
    !isDate(work, name) ||
    name === work.roles.target?.name ||
    work.programs.some((one) => one.name === name)
  )
    return;
  work.programs.push({ name, input: 'string', steps: [], width: 1 });
}

const isDate = (work: Work, name: string): boolean =>
  work.columns.some((one) => one.name === name && (one.type === 'date' || one.type === 'timestamp'));

/** Reads quantities such as "3.2 km" as numbers of one unit. */
export async function parseUnits(
  work: Work,
  { columns, to, factors, otherwise }: StepOptions['parse-units'],
): Promise<void> {
  const units = unitsTo(to, factors);
  const step: ColumnStep = { op: 'quantity', units: Object.keys(units), factors: Object.values(units) };
  for (const program of selectPrograms(work, 'parse-units', columns, isCategory, 'a text'))
    await read(work, 'parse-units', program, step, {
      what: `a number in one of ${step.units.filter((unit) => unit !== '').join(', ')}`,
      otherwise,
    });
}

/** Adds a step that reads a text, and says or refuses what does not read. */
async function read(
  work: Work,
  name: StepName,
  program: ColumnProgram,
  step: ColumnStep,
  { what, otherwise }: { what: string; otherwise: StepOptions['cast']['otherwise'] },
): Promise<void> {
  const before = valueSql(program);
  program.steps.push(step);
  const unread = `(${before}) IS NOT NULL AND (${valueSql(program)}) IS NULL`;
  if (otherwise === 'drop') return dropRows(work, unread, `"${program.name}" is not ${what}`);
  const [count, example] = await work.tables.row<[number, string | null]>(
    `SELECT count(*), min(${before}) FROM data WHERE ${unread}`,
  );
  if (count === 0) return;
  const rows = `${count} row${count === 1 ? '' : 's'}, such as "${String(example).slice(0, 40)}"`;
  if (otherwise === 'error')
    throw new DataError('column', `${name}: "${program.name}" is not ${what} in ${rows}`, {
      column: program.name,
      rows: count,
    });
  work.notes.push(`"${program.name}" is not ${what} in ${rows}, which count as missing`);
}

/** Adds a feature that tells, by 1 or 0, where a value is missing; for `"*"`, where one is missing in training. */
export async function flagMissing(work: Work, { columns }: StepOptions['flag-missing']): Promise<void> {
  const programs = selectPrograms(work, 'flag-missing', columns, (one) => !isMany(one), 'a single value');
  for (const program of programs) {
    if (columns === '*') {
      const [missing] = await work.tables.row<[number]>(
        `SELECT count(*) FILTER ((${valueSql(program)}) IS NULL) FROM data WHERE "banyan.split" = 0`,
      );
      if (missing === 0) continue;
    }
    addProgram(work, 'flag-missing', {
      name: `${program.name} is missing`,
      input: program.input,
      from: sourceOf(program),
      steps: [...program.steps, { op: 'is-missing' }],
      width: 1,
    });
  }
}
