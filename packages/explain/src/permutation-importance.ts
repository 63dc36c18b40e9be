import { createRandom, type Random } from '@banyan/engine';
import { ExplainError } from './explain-error.ts';
import { mean, quantile } from './statistics.ts';

/** A raw row: what a person would read in the table, before any preparation. */
export type Row = Readonly<Record<string, unknown>>;

/** One example of a model: a row, or a window of consecutive rows, oldest first. */
export type Example = Row | readonly Row[];

export interface PermutationOptions<E extends Example, P> {
  /** The whole model, preparation included. Called with as many examples as `rows` holds; answers in their order. */
  predict: (rows: readonly E[]) => Promise<readonly P[]>;
  /** Held-out examples; importance on training rows shows what was memorised. */
  rows: readonly E[];
  columns: readonly string[];
  /**
   * How good the predictions are, higher is better (accuracy, R2, minus the loss). It is given the unpermuted examples,
   * so that it can read the truth there, in the order of the predictions; both may be a resample.
   */
  score: (predictions: readonly P[], rows: readonly E[]) => number;
  /** Permutations of each column. */
  repeats: number;
  seed: number | string;
  /** Called after each column with how many are done. */
  onProgress?: (done: number, total: number) => void;
  signal?: AbortSignal;
}

export interface ColumnImportance {
  column: string;
  /** Mean drop of the score over the repeats, in units of the score. */
  importance: number;
  /** The 95 % interval of that drop. */
  low: number;
  high: number;
}

/** Bootstrap resamples behind an interval, shared out over the repeats. */
const RESAMPLES = 200;

/**
 * Permutation importance: the drop in score when one column's values are shuffled among the examples, which breaks what
 * the column tells about the target and keeps its distribution (Breiman 2001, section 10; Fisher, Rudin and Dominici
 * 2019, "model reliance" in its difference form). A window's column moves as a whole series. Columns that carry the same
 * news share it: each alone may look unimportant.
 *
 * The interval covers both sources of chance, the shuffle and the sample of rows: it is the 2.5 to 97.5 % range of the
 * drop over bootstrap resamples of the examples, spread evenly over the repeats. Costs (columns * repeats + 1) calls of
 * `predict`. The same seed gives the same answer, whatever other columns are asked for.
 *
 * @throws ExplainError 'input' when a column is in no row, there are fewer than two rows, or a score is not a number
 */
export async function permutationImportance<E extends Example, P>(
  options: PermutationOptions<E, P>,
): Promise<ColumnImportance[]> {
  const { rows, columns, repeats, seed, signal, onProgress } = options;
  requireExamples(rows, columns);
  if (!Number.isInteger(repeats) || repeats < 1)
    throw new ExplainError('input', `repeats must be a whole number from 1, not ${repeats}`);
  const random = createRandom(seed);
  const intact = await predictAll(options, rows);
  const results: ColumnImportance[] = [];
  for (const column of columns) {
    const columnRandom = random.fork(column);
    const drops: number[] = [];
    const resampled: number[] = [];
    for (let repeat = 0; repeat < repeats; repeat++) {
      signal?.throwIfAborted();
      const order = columnRandom.permutation(rows.length);
      const broken = await predictAll(options, permuteColumn(rows, column, order));
      const drop = (sample: readonly number[] | Uint32Array): number => {
        const [before, after, truth] = [pick(intact, sample), pick(broken, sample), pick(rows, sample)];
        return scoreOf(options, before, truth) - scoreOf(options, after, truth);
      };
      drops.push(drop(rows.map((_, index) => index)));
      for (let draw = repeat; draw < RESAMPLES; draw += repeats)
        resampled.push(drop(resample(columnRandom, rows.length)));
    }
    const importance = mean(drops);
    const [low, high] = [quantile(resampled, 0.025), quantile(resampled, 0.975)];
    // With one or two repeats a skewed score can put the estimate just outside its own bootstrap range.
    results.push({ column, importance, low: Math.min(low, importance), high: Math.max(high, importance) });
    onProgress?.(results.length, columns.length);
  }
  return results;
}

/** The examples with one column's values (a window: its whole series) taken from the example at `order[i]`. */
export function permuteColumn<E extends Example>(
  rows: readonly E[],
  column: string,
  order: ArrayLike<number>,
): E[] {
  return rows.map((row, index) => {
    const donor = rows[order[index] ?? index] ?? row;
    return withColumn(row, donor, column) as E;
  });
}

function withColumn(example: Example, donor: Example, column: string): Example {
  if (!isWindow(example)) return { ...example, [column]: isWindow(donor) ? undefined : donor[column] };
  return example.map((row, step) => ({
    ...row,
    [column]: isWindow(donor) ? donor[step]?.[column] : undefined,
  }));
}

const isWindow = (example: Example): example is readonly Row[] => Array.isArray(example);

const pick = <T>(values: readonly T[], indices: ArrayLike<number>): T[] =>
  Array.from(indices, (index) => values[index] as T);

const resample = (random: Random, size: number): number[] =>
  Array.from({ length: size }, () => random.integer(size));

async function predictAll<E extends Example, P>(
  options: PermutationOptions<E, P>,
  rows: readonly E[],
): Promise<readonly P[]> {
  const predictions = await options.predict(rows);
  if (predictions.length !== rows.length)
    throw new ExplainError('input', `predict answered ${predictions.length} of ${rows.length} rows`);
  return predictions;
}

function scoreOf<E extends Example, P>(
  { score }: PermutationOptions<E, P>,
  predictions: readonly P[],
  rows: readonly E[],
): number {
  const value = score(predictions, rows);
  if (!Number.isFinite(value))
    throw new ExplainError('input', `the score is ${value}: it must be a finite number`);
  return value;
}

function requireExamples(rows: readonly Example[], columns: readonly string[]): void {
  const [first] = rows;
  const row = first === undefined || !isWindow(first) ? first : first[0];
  if (row === undefined || rows.length < 2)
    throw new ExplainError('input', `a column is permuted among rows: give at least 2, not ${rows.length}`);
  const absent = columns.filter((column) => !(column in row));
  if (absent.length > 0)
    throw new ExplainError(
      'input',
      `no column ${absent.join(', ')} in the rows; their columns are ${Object.keys(row).join(', ')}`,
    );
}
