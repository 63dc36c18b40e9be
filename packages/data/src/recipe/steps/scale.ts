import type { ColumnProgram } from '@banyan/engine';
import { DataError } from '../../error.ts';
import { numberSql } from '../expression/expression-sql.ts';
import { isNumeric, valueSql } from '../program.ts';
import type { StepOptions } from '../schema.ts';
import { inTraining, selectPrograms, type Work } from '../work.ts';
import { normalQuantile } from './normal-quantile.ts';
import { fitPower } from './power.ts';

/** Scales numbers by what the training rows show. */
export async function scale(work: Work, options: StepOptions['scale']): Promise<void> {
  const { method } = options;
  for (const program of selectPrograms(work, 'scale', options.columns, isNumeric, 'a number')) {
    if (method === 'log') await logarithm(work, program, { op: 'log', beyond: 0 });
    else if (method === 'power') {
      program.steps.push({ op: 'power', lambda: await fitPower(work, program) });
      await linear(work, program, measures.standard);
    } else if (method === 'uniform' || method === 'normal') await byQuantiles(work, program, options);
    else await linear(work, program, measures[method]);
  }
}

/** Each method's centre and spread: (x - centre) / spread. */
const measures = {
  standard: (x: string) => `avg(${x}), stddev_pop(${x})`,
  'min-max': (x: string) => `min(${x}), max(${x}) - min(${x})`,
  robust: (x: string) => `quantile_cont(${x}, 0.5), quantile_cont(${x}, 0.75) - quantile_cont(${x}, 0.25)`,
};

/** A constant column has no spread to divide by and becomes 0. */
async function linear(work: Work, program: ColumnProgram, measure: (x: string) => string): Promise<void> {
  const [centre, spread] = await work.tables.row(
    `SELECT ${measure('x')} FROM (SELECT ${valueSql(program)} AS x FROM data WHERE ${inTraining})`,
  );
  if (typeof centre !== 'number' || typeof spread !== 'number') throw noValue(program);
  // Rounding can leave a constant column a spread of its last bit.
  const isConstant = spread <= Math.abs(centre) * 1e-12;
  if (isConstant)
    work.notes.push(
      measure === measures.robust
        ? `half of "${program.name}" is one value in the training split: it is not scaled, only moved`
        : `"${program.name}" is constant in the training split and becomes 0`,
    );
  const divisor = isConstant ? 1 : spread;
  program.steps.push({ op: 'affine', scale: 1 / divisor, shift: -centre / divisor });
}

/**
 * By the place among the quantiles of the training rows, on straight lines between them: from 0 to 1, or as the normal
 * distribution has it, its tails cut where they hold less than half a quantile. What lies outside is the nearest end.
 */
async function byQuantiles(
  work: Work,
  program: ColumnProgram,
  { method, quantiles }: StepOptions['scale'],
): Promise<void> {
  const shares = Array.from({ length: quantiles + 1 }, (_, i) => i / quantiles);
  const [found] = await work.tables.row<[number[] | null]>(
    `SELECT quantile_cont(x, [${shares.map(numberSql).join(', ')}])
     FROM (SELECT ${valueSql(program)} AS x FROM data WHERE ${inTraining})`,
  );
  if (found === null || typeof found[0] !== 'number') throw noValue(program);
  // A value that fills several quantiles stands in their middle.
  const places = new Map<number, number[]>();
  for (const [i, x] of found.entries()) places.set(x, [...(places.get(x) ?? []), shares[i]!]);
  const xs = [...places.keys()];
  if (xs.length === 1) work.notes.push(`"${program.name}" is constant in the training split`);
  const tail = 0.5 / quantiles;
  const ys = [...places.values()].map((shares) => {
    const share = (shares[0]! + shares.at(-1)!) / 2;
    return method === 'uniform' ? share : normalQuantile(Math.min(1 - tail, Math.max(tail, share)));
  });
  program.steps.push({ op: 'interpolate', xs, ys });
}

/** ln(1 + x), for counts and amounts that span orders of magnitude. */
export async function log1p(work: Work, options: StepOptions['log1p']): Promise<void> {
  for (const program of selectPrograms(work, 'log1p', options.columns, isNumeric, 'a number'))
    await logarithm(work, program, { op: 'log1p', beyond: -1 });
}

async function logarithm(
  work: Work,
  program: ColumnProgram,
  { op, beyond }: { op: 'log' | 'log1p'; beyond: number },
): Promise<void> {
  const [smallest] = await work.tables.row<[number | null]>(`SELECT min(${valueSql(program)}) FROM data`);
  if (smallest !== null && smallest <= beyond) {
    throw new DataError(
      'column',
      `${op}: "${program.name}" goes down to ${smallest}; it must stay above ${beyond}`,
      { column: program.name },
    );
  }
  program.steps.push({ op });
}

const noValue = (program: ColumnProgram): DataError =>
  new DataError(
    'column',
    `scale: "${program.name}" has no value in the training split; leave it out with select`,
    { column: program.name },
  );
