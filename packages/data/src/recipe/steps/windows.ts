import { DataError } from '../../error.ts';
import { type SplitName, splitNames } from '../../split.ts';
import { identifier } from '../../sql.ts';
import type { StepOptions } from '../schema.ts';
import { own, type Work } from '../work.ts';

/** A series' rows in time, several series one below another. */
export function seriesOrder(window: StepOptions['window']): { rank: string; order: string } {
  const rank =
    window.series === undefined
      ? '1'
      : `dense_rank() OVER (ORDER BY ${identifier(window.series)} NULLS FIRST)`;
  return {
    rank: `CAST(${rank} AS INTEGER) AS ${own.series}`,
    order: `${own.series}, ${identifier(window.order)}, ${own.row}`,
  };
}

/**
 * How many windows each split has. A window and its target lie in one series and one split, so that no target of the
 * validation or test time is ever seen in training.
 */
export async function countWindows(
  work: Work,
  window: StepOptions['window'],
): Promise<Record<SplitName, number>> {
  const span = window.length - 1 + window.horizon;
  const series = window.series === undefined ? '1' : identifier(window.series);
  const counts: Record<SplitName, number> = { train: 0, valid: 0, test: 0 };
  for (const [split, rows] of await work.tables.rows(
    `SELECT ${own.split}, count(*) FROM data GROUP BY ${own.split}, ${series}`,
  )) {
    counts[splitNames[Number(split)]!] += Math.max(0, Number(rows) - span);
  }
  for (const name of splitNames) {
    if (counts[name] > 0 || work.recipe.split[name] === 0) continue;
    throw new DataError(
      'empty',
      `the ${name} split is too short for a single window: it takes ${span + 1} rows (length ${window.length}, horizon ${window.horizon}); make the window shorter or the split larger`,
      { split: name },
    );
  }
  return counts;
}

/** A time that comes twice in one series is mostly several series in one table. */
export async function noteRepeatedTimes(work: Work, window: StepOptions['window']): Promise<void> {
  const keys = [window.order, ...(window.series === undefined ? [] : [window.series])]
    .map(identifier)
    .join(', ');
  const [repeated] = await work.tables.row<[number]>(
    `SELECT count(*) FROM (SELECT 1 FROM data GROUP BY ${keys} HAVING count(*) > 1)`,
  );
  if (repeated > 0) {
    work.notes.push(
      `"${window.order}" repeats in ${repeated} places; if the table holds several series, name their column in window.series`,
    );
  }
}
