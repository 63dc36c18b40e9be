import type { ColumnProgram, Random } from '@banyan/engine';
import type { Column } from '../column.ts';
import { DataError, unknownColumn } from '../error.ts';
import type { Fitted } from '../fitted.ts';
import type { Imported } from '../import/import-table.ts';
import type { ImageShapes } from '../import/parquet.ts';
import { identifier } from '../sql.ts';
import type { Tables } from '../table.ts';
import { own } from './own-columns.ts';
import { valueSql } from './program.ts';
import type { Roles } from './roles.ts';
import type { Recipe, StepName } from './schema.ts';

/** Beyond, features are written as one list. */
export const mostFeatureColumns = 1000;

/** The column of a feature, by its place. */
export const ownFeature = (place: number): string => `"banyan.feature.${place}"`;

/**
 * A preparation under way. Steps that drop rows change the table `data`; steps that change values append to the
 * columns' programs, and what they need to know is measured on the training rows through the programs so far.
 */
export interface Work {
  tables: Tables;
  recipe: Recipe;
  roles: Roles;
  columns: readonly Column[];
  /** Until a first change `data` is a view of these rows, cleaned. */
  imported: Imported | undefined;
  /** One for each column that is still a feature, in table order. */
  programs: ColumnProgram[];
  /** Shapes of the columns whose bytes are pixels. */
  images: ImageShapes;
  /** What the image step has made of its column. */
  pixels?: Fitted['image'];
  random: Random;
  /** Rows are assigned to splits before the first step that measures something. */
  isSplit: boolean;
  dropped: number;
  notes: string[];
}

export { own };

/** Condition for the rows that fitted values may be measured on. */
export const inTraining = `${own.split} = 0`;

/** The features that a step names; `"*"` stands for those it applies to. */
export function selectPrograms(
  work: Work,
  step: StepName,
  columns: string | string[],
  applies: (program: ColumnProgram) => boolean,
  needs: string,
): ColumnProgram[] {
  if (columns === '*') return work.programs.filter(applies);
  return [columns].flat().map((name) => {
    const program = work.programs.find((one) => one.name === name);
    if (!program) throw noFeature(work, step, name);
    if (!applies(program)) {
      throw new DataError('column', `${step}: "${name}" is not ${needs} at this step`, {
        column: name,
        step,
      });
    }
    return program;
  });
}

function noFeature(work: Work, step: StepName, name: string): DataError {
  const column = work.columns.find((one) => one.name === name);
  if (!column)
    return unknownColumn(
      name,
      work.columns.map((one) => one.name),
    );
  const why =
    name === work.roles.target?.name
      ? 'is the target, which is prepared by itself; take it out of this step'
      : work.roles.features.includes(column)
        ? 'was left out by an earlier select, or has no values'
        : `is no feature (type ${column.type}, or the order, series or group)`;
  return new DataError('column', `${step}: "${name}" ${why}`, { column: name, step });
}

/** Adds a feature of a name that nothing else has. */
export function addProgram(work: Work, step: StepName, program: ColumnProgram): void {
  const { name } = program;
  const isTaken = [...work.programs, ...work.columns].some((one) => one.name === name);
  if (isTaken || name.startsWith('banyan.'))
    throw new DataError('column', `${step}: there is a column "${name}" already; choose another name`, {
      column: name,
      step,
    });
  work.programs.push(program);
}

/** Whether training rows have another value of it than all other rows: nothing may build on that. */
export const hasFolds = (program: ColumnProgram): boolean =>
  program.steps.some((step) => step.op === 'score' && step.folds !== undefined);

/** Current values, as SQL, of columns that a row step names: any column of the table, not only features. */
export function selectValues(work: Work, columns: string | string[]): { name: string; sql: string }[] {
  const names =
    columns === '*'
      ? [
          ...work.programs.map((program) => program.name),
          ...[...work.roles.kept, work.roles.target].flatMap((column) => column?.name ?? []),
        ]
      : [columns].flat();
  return [...new Set(names)].map((name) => {
    const program = work.programs.find((one) => one.name === name);
    if (program)
      return {
        name,
        sql: valueSql(program),
      };
    if (!work.columns.some((column) => column.name === name)) {
      throw unknownColumn(
        name,
        work.columns.map((column) => column.name),
      );
    }
    return { name, sql: identifier(name) };
  });
}

/** Makes the table `data` anew from a query over it, which keeps the order of its rows. */
export async function remake(work: Work, query: string): Promise<void> {
  const { tables, imported } = work;
  await tables.run(`CREATE TABLE next AS ${query}`);
  await tables.run(`DROP ${imported ? 'VIEW' : 'TABLE'} data`);
  await tables.run('ALTER TABLE next RENAME TO data');
  await imported?.drop();
  work.imported = undefined;
}

/** Drops the rows that fulfil a condition, and says so. */
export async function dropRows(work: Work, condition: string, reason: string): Promise<void> {
  const [count, all] = await work.tables.row<[number, number]>(
    `SELECT count(*) FILTER (${condition}), count(*) FROM data`,
  );
  if (count === 0) return;
  if (count === all)
    throw new DataError('empty', `no rows are left: all ${all} were dropped (${reason})`, { reason });
  if (work.imported) await remake(work, `SELECT * FROM data WHERE (${condition}) IS NOT TRUE`);
  else await work.tables.run(`DELETE FROM data WHERE ${condition}`);
  work.dropped += count;
  work.notes.push(`${count} row${count === 1 ? '' : 's'} dropped: ${reason}`);
}
