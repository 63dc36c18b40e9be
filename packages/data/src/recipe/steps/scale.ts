import type { ColumnProgram } from '@banyan/engine';
import { DataError } from '../../error.ts';
import { measure } from '../../measure.ts';
import { quantiles as findQuantiles } from '../../quantiles.ts';
import { isNumeric, valueSql } from '../program.ts';
import type { StepOptions } from '../schema.ts';
import { inTraining, selectPrograms, type Work } from '../work.ts';
import { normalQuantile } from './normal-quantile.ts';
import { fitPower } from './power.ts';

/** Scales numbers by what the training rows show. */
export async function scale(work: Work, options: StepOptions['scale']): Promise<void> {
  const { method } = options;
  const programs = selectPrograms(work, 'scale', options.columns, isNumeric, 'a number');
  if (method === 'standard' || method === 'min-max' || method === 'robust') {
    await linear(work, programs, method);
    return;
  }
  for (const program of programs) {
    if (method === 'log') await logarithm(work, program, { op: 'log', beyond: 0 });
    else if (method === 'power') {
      program.steps.push({ op: 'power', lambda: await fitPower(work, program) });
      await linear(work, [program], 'standard');
    } else await byQuantiles(work, program, options);
  }
}

/** Centre and spread of each column, (x - centre) / spread; nothing for a column without values. */
async function spreads(
  work: Work,
  programs: readonly ColumnProgram[],
  method: 'standard' | 'min-max' | 'robust',
): Promise<([number, number] | undefined)[]> {
  const training = `data WHERE ${inTraining}`;
  const xs = programs.map((program) => valueSql(program));
  if (method === 'robust') {
    const found: ([number, number] | undefined)[] = [];
    for (const x of xs) {
      const [q1, q2, q3] = (await findQuantiles(work.tables, x, training, [0.25, 0.5, 0.75])) ?? [];
      found.push(q1 === undefined ? undefined : [q2!, q3! - q1]);
    }
    return found;
  }
  const measured = await measure(work.tables, xs, training);
  return measured.map((one) => {
    if (!one) return undefined;
    return method === 'standard' ? [one.mean, Math.sqrt(one.variance)] : [one.min, one.max - one.min];
  });
}

/** A constant column has no spread to divide by and becomes 0. */
async function linear(
  work: Work,
  programs: readonly ColumnProgram[],
  method: 'standard' | 'min-max' | 'robust',
): Promise<void> {
  const found = await spreads(work, programs, method);
  for (const [i, program] of programs.entries()) {
    if (!found[i]) throw noValue(program);
    const [centre, spread] = found[i];
    // Rounding can leave a constant column a spread of its last bit.
    const isConstant = spread <= Math.abs(centre) * 1e-12;
    if (isConstant)
      work.notes.push(
        method === 'robust'
          ? `half of "${program.name}" is one value in the training split: it is not scaled, only moved`
          : `"${program.name}" is constant in the training split and becomes 0`,
      );
    const divisor = isConstant ? 1 : spread;
    program.steps.push({ op: 'affine', scale: 1 / divisor, shift: -centre / divisor });
  }
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
  const found = await findQuantiles(work.tables, valueSql(program), `data WHERE ${inTraining}`, shares);
  if (!found) throw noValue(program);
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
