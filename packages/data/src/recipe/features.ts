import type { ColumnProgram } from '@banyan/engine';
import { DataError } from '../error.ts';
import type { Fitted } from '../fitted.ts';
import { type SplitName, splitNames } from '../split.ts';
import { isMany, isNumeric, valueSql } from './program.ts';
import { own, type Work } from './work.ts';

/**
 * Makes sure that every feature is a number in every row, as a network can learn from nothing else.
 * @throws DataError that names the columns that are not, and the step that helps.
 */
export async function requireNumbers(work: Work): Promise<void> {
  if (work.programs.length === 0) {
    throw new DataError('empty', 'no column is left to learn from; check select and window.columns');
  }
  const texts = work.programs
    .filter((program) => !isNumeric(program) && !isMany(program))
    .map(({ name }) => `"${name}"`);
  if (texts.length > 0) {
    const plural = texts.length > 1;
    throw new DataError(
      'recipe',
      `${texts.join(', ')} ${plural ? 'hold' : 'holds'} categories; add encode: { columns: "*" }, or leave ${plural ? 'them' : 'it'} out with select: { except: [...] }`,
      { columns: texts },
    );
  }
  const numbers = work.programs.filter(
    (program) => program.steps.at(-1)?.op !== 'one-hot' && !isFilled(program),
  );
  if (numbers.length === 0) return;
  const missing = numbers.map((program) => `count(*) FILTER ((${valueSql(program, 'served')}) IS NULL)`);
  const counts = await work.tables.row<number[]>(`SELECT ${missing.join(', ')} FROM data`);
  const holes = numbers.flatMap(({ name }, i) => (counts[i]! > 0 ? [`"${name}" (${counts[i]!})`] : []));
  if (holes.length > 0) {
    throw new DataError(
      'recipe',
      `values are still missing in ${holes.join(', ')}; add impute or drop-missing for ${holes.length > 1 ? 'them' : 'it'}`,
      { columns: holes },
    );
  }
}

/** Whether no row can lack a value: its gaps are filled, and what follows gives a value for each. */
function isFilled({ steps }: ColumnProgram): boolean {
  const filled = steps.findLastIndex(({ op }) => op === 'impute');
  return filled >= 0 && steps.slice(filled + 1).every(({ op }) => op === 'affine' || op === 'clip');
}

/** How many rows each split has. */
export async function countSplits(work: Work): Promise<Record<SplitName, number>> {
  const counted = await work.tables.rows(`SELECT ${own.split}, count(*) FROM data GROUP BY 1`);
  const counts = new Map(counted.map(([split, count]) => [Number(split), Number(count)]));
  const splits = { train: counts.get(0) ?? 0, valid: counts.get(1) ?? 0, test: counts.get(2) ?? 0 };
  for (const [i, name] of splitNames.entries()) {
    if (splits[name] === 0 && (work.recipe.split[name] > 0 || i === 0)) {
      throw new DataError(
        'empty',
        `no rows are left in the ${name} split after cleaning; bring more data or drop less`,
        { split: name },
      );
    }
  }
  return splits;
}

/** How to get the target's raw value back from its feature in a window's last row, if its steps can be undone. */
export function findLastKnown(programs: readonly ColumnProgram[], target: string): Fitted['lastKnown'] {
  let feature = 0;
  for (const program of programs) {
    if (program.name === target && program.from === undefined) {
      if (!program.steps.every((step) => step.op === 'affine' || step.op === 'impute')) return undefined;
      // x = (raw * a1 + b1) * a2 + b2 ... = raw * a + b, so raw = x / a - b / a.
      let [a, b] = [1, 0];
      for (const step of program.steps)
        if (step.op === 'affine') [a, b] = [a * step.scale, b * step.scale + step.shift];
      return { feature, scale: 1 / a, shift: -b / a };
    }
    feature += program.width;
  }
  return undefined;
}
