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

/** A step that measures something, and so needs the splits first. */
const fitted =
  <Options>(apply: (work: Work, options: Options) => Promise<void>) =>
  async (work: Work, options: Options): Promise<void> => {
    await assignSplits(work);
    await apply(work, options);
  };

/** These say what kind of data is made; there is nothing to do in their place. */
const declares = async (): Promise<void> => {};

const steps: { [K in StepName]: Apply<K> } = {
  'drop-missing': dropMissing,
  'drop-duplicates': dropDuplicates,
  'drop-near-duplicates': dropNearDuplicates,
  balance: fitted(balance),
  sample,
  select,
  rename,
  cast,
  'parse-dates': parseDates,
  'parse-units': parseUnits,
  derive,
  'flag-missing': fitted(flagMissing),
  impute: fitted(impute),
  outliers: fitted(outliers),
  scale: fitted(scale),
  log1p: fitted(log1p),
  bin: fitted(bin),
  encode: fitted(encode),
  'normalize-text': fitted(normalizeText),
  // Done when the files are read.
  join: declares,
  window: declares,
  image: readImages,
  tokenize: declares,
};

/** Carries out one step of a recipe. */
export function applyStep(work: Work, step: Step): Promise<void> {
  const [name, options] = stepOf(step);
  const apply = steps[name] as (work: Work, options: StepOptions[StepName]) => Promise<void>;
  return apply(work, options);
}
