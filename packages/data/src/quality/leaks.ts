import type { ColumnProgram } from '@banyan/engine';
import { own, type Work } from '../recipe/work.ts';
import { isChosen } from '../scramble.ts';
import { splitNames } from '../split.ts';
import { identifier } from '../sql.ts';
import type { Cell } from '../table.ts';
import type { Finding } from './report.ts';

/**
 * What would make a score of the prepared data too good to be true (Kaufman et al., Leakage in Data Mining, 2012): a column
 * that says the target, rows that are in two splits, groups that are torn, times that overlap.
 */
export async function findLeaks(work: Work): Promise<Finding[]> {
  if (work.roles.kind === 'text' || work.roles.kind === 'image') return await repeatedRows(work);
  return [
    ...(await tellingColumns(work)),
    ...(await repeatedRows(work)),
    ...(await tornGroups(work)),
    ...(await overlappingTimes(work)),
  ];
}

const mostColumns = 300;
const sampledRows = 20_000;
const bins = 32;

/** A column alone that predicts the target so well is probably made from it, or known only after it. */
const [suspicious, certain] = [0.95, 0.99];

interface Example {
  isTraining: boolean;
  target: Cell;
  values: Cell[];
}

/**
 * Each column alone predicts the target of rows that it was not fitted on, by the most frequent class or the mean of the
 * target in each of its categories or 32 quantile bins: balanced accuracy above chance, or R².
 */
async function tellingColumns(work: Work): Promise<Finding[]> {
  const { tables, roles } = work;
  const { target } = roles;
  // A series may know its own past.
  if (!target || roles.kind === 'sequence') return [];
  const raw = work.programs.filter((program) => hasRaw(work, program)).slice(0, mostColumns);
  if (raw.length === 0) return [];
  const [rows] = await tables.row<[number]>('SELECT count(*) FROM data');
  const some = rows > sampledRows ? `WHERE ${isChosen(own.row, 2, sampledRows / rows)}` : '';
  const cells = await tables.rows(
    `SELECT ${own.split}, ${identifier(target.name)}, ${raw.map(({ name }) => identifier(name)).join(', ')} FROM data ${some} ORDER BY ${own.row}`,
  );
  const examples = cells.map(
    ([split, answer, ...values]): Example => ({ isTraining: split === 0, target: answer ?? null, values }),
  );
  // A quarter of the training rows, where validation or test are too few to measure on.
  const held = examples.filter((one) => !one.isTraining);
  const [fit, score] =
    held.length >= 50
      ? [examples.filter((one) => one.isTraining), held]
      : [examples.filter((_, i) => i % 4 > 0), examples.filter((_, i) => i % 4 === 0)];
  if (fit.length < 50 || score.length < 20) return [];
  const isClass = roles.task === 'classification';
  return raw.flatMap((program, i): Finding[] => {
    const column = columnOf(fit, i);
    if (column === undefined) return [];
    const strength = isClass ? classStrength(fit, score, i, column) : numberStrength(fit, score, i, column);
    if (strength < suspicious) return [];
    const measure = isClass ? 'balanced accuracy above chance' : 'R²';
    return [
      {
        severity: strength >= certain ? 'high' : 'medium',
        kind: 'leak',
        columns: [program.name],
        message: `"${program.name}" alone predicts "${target.name}" suspiciously well (${measure} ${strength.toFixed(3)} on held-out rows): is it made from the target, or known only after it? Leave it out with select if so`,
      },
    ];
  });
}

const hasRaw = (work: Work, program: ColumnProgram): boolean =>
  work.columns.some(({ name }) => name === program.name);

/** From a value to its bin; undefined for a column in which nearly every value is another, which tells nothing. */
function columnOf(fit: readonly Example[], i: number): ((value: Cell) => string) | undefined {
  const values = fit.map((one) => one.values[i] ?? null).filter((value) => value !== null);
  if (values.length === 0) return undefined;
  if (values.every((value) => typeof value === 'number')) {
    const sorted = Float64Array.from(values).sort();
    if (new Set(sorted).size <= bins) return String;
    const edges = Array.from(
      { length: bins - 1 },
      (_, b) => sorted[Math.floor(((b + 1) * sorted.length) / bins)]!,
    );
    return (value) =>
      value === null ? 'missing' : String(edges.filter((edge) => Number(value) >= edge).length);
  }
  return new Set(values).size > fit.length / 4 ? undefined : String;
}

function classStrength(
  fit: readonly Example[],
  score: readonly Example[],
  i: number,
  bin: (value: Cell) => string,
): number {
  const counts = new Map<string, Map<string, number>>();
  const classes = new Map<string, number>();
  for (const { target, values } of fit) {
    const [key, label] = [bin(values[i] ?? null), String(target)];
    const here = counts.get(key) ?? new Map<string, number>();
    counts.set(key, here.set(label, (here.get(label) ?? 0) + 1));
    classes.set(label, (classes.get(label) ?? 0) + 1);
  }
  // The class that is most over-represented in the bin: balanced accuracy counts each class alike.
  const guess = new Map(
    [...counts].map(([key, here]) => [
      key,
      [...here].reduce((best, other) =>
        other[1] / classes.get(other[0])! > best[1] / classes.get(best[0])! ? other : best,
      )[0],
    ]),
  );
  const right = new Map<string, [number, number]>();
  for (const { target, values } of score) {
    const label = String(target);
    if (!classes.has(label)) continue;
    const [hits, all] = right.get(label) ?? [0, 0];
    right.set(label, [hits + Number(guess.get(bin(values[i] ?? null)) === label), all + 1]);
  }
  const recalls = [...right.values()].map(([hits, all]) => hits / all);
  if (recalls.length < 2) return 0;
  const chance = 1 / recalls.length;
  return (recalls.reduce((sum, recall) => sum + recall, 0) / recalls.length - chance) / (1 - chance);
}

const at = (value: Cell): number => (typeof value === 'number' ? value : 0);

function numberStrength(
  fit: readonly Example[],
  score: readonly Example[],
  i: number,
  bin: (value: Cell) => string,
): number {
  // A line within each bin, so that a copy of the target in another unit is found out.
  const sums = new Map<string, { n: number; x: number; y: number; xx: number; xy: number }>();
  for (const { target, values } of fit) {
    const key = bin(values[i] ?? null);
    const [x, y] = [at(values[i] ?? null), Number(target)];
    const sum = sums.get(key) ?? { n: 0, x: 0, y: 0, xx: 0, xy: 0 };
    sums.set(key, { n: sum.n + 1, x: sum.x + x, y: sum.y + y, xx: sum.xx + x * x, xy: sum.xy + x * y });
  }
  const predict = (value: Cell): number => {
    const sum = sums.get(bin(value));
    if (!sum) return Number.NaN;
    const spread = sum.xx - sum.x ** 2 / sum.n;
    const slope = sum.n > 5 && spread > 1e-9 * sum.xx ? (sum.xy - (sum.x * sum.y) / sum.n) / spread : 0;
    return sum.y / sum.n + slope * (at(value) - sum.x / sum.n);
  };
  const known = score.filter(({ values }) => !Number.isNaN(predict(values[i] ?? null)));
  if (known.length < score.length / 2) return 0;
  const mean = known.reduce((sum, { target }) => sum + Number(target), 0) / known.length;
  let [left, all] = [0, 0];
  for (const { target, values } of known) {
    left += (Number(target) - predict(values[i] ?? null)) ** 2;
    all += (Number(target) - mean) ** 2;
  }
  return all > 0 ? 1 - left / all : 0;
}

/** Rows compared by a hash of their features; of a very large table those in a part of the hashes. */
const comparedRows = 200_000;

/** Which rows are compared: by a hash of numbers alone where there are several, as texts take longer. */
function chosenBy(work: Work, values: readonly string[]): string {
  const numbers = work.programs
    .filter((program) => program.input === 'number' && hasRaw(work, program))
    .map(({ name }) => identifier(name));
  return `hash(${(numbers.length < 2 ? values : numbers.slice(0, 4)).join(', ')})`;
}

async function repeatedRows(work: Work): Promise<Finding[]> {
  const { tables, roles } = work;
  if (roles.kind === 'sequence') return [];
  const texts = roles.kind === 'text' || roles.kind === 'image' ? roles.kept : [];
  const values = [
    ...work.programs.filter((program) => hasRaw(work, program)).map(({ name }) => name),
    ...texts.map(({ name }) => name),
  ].map(identifier);
  if (values.length === 0) return [];
  const [rows] = await tables.row<[number]>('SELECT count(*) FROM data');
  const part = Math.max(1, Math.ceil(rows / comparedRows));
  const measures = [1, 2].flatMap((split) => [
    `sum(n${split})::DOUBLE`,
    `sum(n${split}) FILTER (trained)::DOUBLE`,
  ]);
  const counts = [1, 2].map((split) => `count(*) FILTER (${own.split} = ${split}) AS n${split}`);
  const sums = await tables.row<(number | null)[]>(
    `SELECT ${measures.join(', ')} FROM (
       SELECT h, bool_or(${own.split} = 0) AS trained, ${counts.join(', ')}
       FROM (SELECT ${own.split}, hash(${values.join(', ')}) AS h FROM data WHERE ${chosenBy(work, values)} % ${part} = 0) GROUP BY h)`,
  );
  const found = [1, 2].map((split, i) => [split, sums[2 * i] ?? 0, sums[2 * i + 1] ?? 0] as const);
  return found.flatMap(([split, all, repeated]): Finding[] => {
    const share = repeated / Math.max(1, all);
    if (repeated === 0 || share < 0.001) return [];
    return [
      {
        severity: share > 0.05 ? 'high' : 'medium',
        kind: 'leak',
        columns: [],
        message: `${(share * 100).toFixed(1)} % of the ${splitNames[split]} rows repeat the features of a training row: the score will look better than it is; add drop-duplicates, or split by group`,
      },
    ];
  });
}

/** Columns whose name says that they tell persons or things apart, with several rows of each. */
async function tornGroups(work: Work): Promise<Finding[]> {
  const { tables, recipe } = work;
  if (recipe.split.method === 'group') return [];
  const ids = work.columns
    .filter(
      ({ name, type }) =>
        (type === 'text' || type === 'integer') &&
        /(^|[^a-z])(id|uuid|key)$|Id$|_no$|patient|subject|user|customer|session/i.test(name),
    )
    .filter(({ name }) => name !== work.roles.target?.name)
    .slice(0, 10);
  const findings: Finding[] = [];
  for (const { name } of ids) {
    const v = identifier(name);
    const [groups, rows, torn] = await tables.row<[number, number, number]>(
      `SELECT count(*), coalesce(sum(n), 0)::DOUBLE, count(*) FILTER (splits > 1) FROM (
         SELECT count(*) AS n, count(DISTINCT ${own.split}) AS splits FROM data WHERE ${v} IS NOT NULL AND hash(${v}) % ${await partOf(work)} = 0 GROUP BY ${v})`,
    );
    // Few groups are classes; a row each is no group.
    if (groups < 20 || rows < 1.5 * groups || torn === 0) continue;
    findings.push({
      severity: 'medium',
      kind: 'leak',
      columns: [name],
      message: `${Math.round((torn / groups) * 100)} % of the groups of "${name}" have rows in more than one split: a model may know them from training; split by group if it is to meet new ones (split: { method: group, by: ${name} })`,
    });
  }
  return findings;
}

async function partOf(work: Work): Promise<number> {
  const [rows] = await work.tables.row<[number]>('SELECT count(*) FROM data');
  return Math.max(1, Math.ceil(rows / comparedRows));
}

/** A column of times, in a split that does not mind them: the future would train for the past. */
async function overlappingTimes(work: Work): Promise<Finding[]> {
  if (work.recipe.split.method === 'time') return [];
  const times = work.columns.filter(({ type }) => type === 'date' || type === 'timestamp').slice(0, 3);
  return times.map(({ name }) => ({
    severity: 'low',
    kind: 'leak',
    columns: [name],
    message: `rows have times ("${name}"), but training and test are of the same time: if the model is to predict what comes, split by time (split: { method: time, by: ${name} })`,
  }));
}
