import { assignSplits } from '../assign.ts';
import { type Step, type StepName, type StepOptions, stepOf } from '../schema.ts';
import type { Work } from '../work.ts';
import { balance } from './balance.ts';
import { bin } from './bin.ts';
import { cast, flagMissing, parseDates, parseUnits, rename, select } from './columns.ts';
import { derive } from './derive.ts';
import { encode } from './encode.ts';
import { readImages } from './image.ts';
import { impute } from './impute.ts';
import { dropNearDuplicates } from './near-duplicates.ts';
import { outliers } from './outliers.ts';
import { dropDuplicates, dropMissing, sample } from './rows.ts';
import { log1p, scale } from './scale.ts';
import { normalizeText } from './text.ts';

type Apply<K extends StepName> = (work: Work, options: StepOptions[K]) => Promise<void>;

/** These say what kind of data is made; there is nothing to do in their place. */
const declares = async (): Promise<void> => {};

const steps: { [K in StepName]: Apply<K> } = {
  'drop-missing': dropMissing,
  'drop-duplicates': dropDuplicates,
  'drop-near-duplicates': dropNearDuplicates,
  balance,
  sample,
  select,
  rename,
  cast,
  'parse-dates': parseDates,
  'parse-units': parseUnits,
  derive,
  'flag-missing': flagMissing,
  impute,
  outliers,
  scale,
  log1p,
  bin,
  encode,
  'normalize-text': normalizeText,
  // Done when the files are read.
  join: declares,
  window: declares,
  image: readImages,
  tokenize: declares,
};

/** These measure something, and so need the splits first. */
const measuring: ReadonlySet<StepName> = new Set([
  'balance',
  'flag-missing',
  'impute',
  'outliers',
  'scale',
  'log1p',
  'bin',
  'encode',
  'normalize-text',
]);

/** Steps whose every measure is the same in any order of threads. */
function isOrderFree(step: Step): boolean {
  if ('impute' in step) return step.impute.by === undefined;
  if ('scale' in step) return step.scale.method !== 'power';
  if ('encode' in step) return step.encode.method !== 'target';
  return 'select' in step || 'drop-missing' in step || 'drop-duplicates' in step || 'log1p' in step;
}

/** Carries out one step of a recipe; on one thread if what it measures depends on the order in which rows are met. */
export async function applyStep(work: Work, step: Step): Promise<void> {
  const [name, options] = stepOf(step);
  if (measuring.has(name)) await assignSplits(work);
  const apply = steps[name] as (work: Work, options: StepOptions[StepName]) => Promise<void>;
  await (isOrderFree(step) ? apply(work, options) : work.tables.alone(() => apply(work, options)));
}
