import { isImage, isImageMetadata } from '../images/folder.ts';
import type { Problem } from './problem.ts';
import { planSplits, type SplitPlan } from './splits.ts';

/** What a file holds, as its name says. */
export type Kind = 'parquet' | 'json' | 'csv' | 'images' | 'idx' | 'text';

/** Of as many files each, the first kind here counts, as in Hugging Face's `infer_module_for_data_files_list`. */
const kinds: readonly Kind[] = ['parquet', 'json', 'csv', 'images', 'idx', 'text'];
const tables: ReadonlySet<Kind> = new Set(['parquet', 'json', 'csv']);
const called: Record<Kind, string> = {
  parquet: 'Parquet',
  json: 'JSON',
  csv: 'CSV',
  images: 'images',
  idx: 'IDX',
  text: 'text',
};

export interface ChosenSplit extends SplitPlan {
  kind: Kind;
}

export interface Choice {
  splits: ChosenSplit[];
  /** Files that could be data and are not read, each with the reason. */
  left: Problem[];
}

/**
 * Which of a version's files are its data, and of which splits. What describes a dataset (README, LICENSE, recipe.yaml)
 * never counts; of the rest the kind that most files are; a file of another kind beside them is left out and told, never
 * mixed in. Files that the card's `configs` name count whatever they are called.
 */
export function chooseFiles(given: readonly string[], readme: string | undefined): Choice {
  const prepared = given.includes('fitted.json');
  const names = given.filter((name) => !prepared || !/^(fitted|profile)\.json$/.test(name));
  const known = names.filter((name) => kindOf(name) !== undefined);
  const data = known.filter((name) => !describesOthers(name));
  // Markdown is data only where nothing else could be.
  const usual = data.length > 0 ? data : names.filter((name) => isMarkdown(name) && !describesOthers(name));
  const plans = planSplits({ named: [...known, ...names.filter(isMarkdown)], usual }, readme);
  const left: Problem[] = [];
  const splits = [...Map.groupBy(plans, ({ config }) => config).values()].flatMap((config) =>
    narrow(config, left),
  );
  const planned = new Set(plans.flatMap((plan) => plan.names));
  for (const path of usual)
    if (!planned.has(path)) left.push({ path, message: 'belongs to no split, by its name or the card' });
  return { splits, left };
}

/**
 * The files of the configuration that is read when none is named, of all its splits: what a recipe and a profile are of.
 * When no file is of a kind that is read, all that do not merely describe, so that reading them says what is.
 */
export function chooseDefault(
  names: readonly string[],
  readme: string | undefined,
): { names: string[]; left: Problem[] } {
  const { splits, left } = chooseFiles(names, readme);
  const configs = [...new Set(splits.map(({ config }) => config))];
  const chosen = configs.includes('default') ? 'default' : configs[0];
  const wanted = new Set(splits.flatMap((one) => (one.config === chosen ? one.names : [])));
  if (wanted.size === 0) return { names: names.filter((name) => !describesOthers(name)), left: [] };
  return { names: names.filter((name) => wanted.has(name)), left };
}

/** A configuration's splits with the files of one kind; a split that has none is a table of another kind, or nothing. */
function narrow(plans: readonly SplitPlan[], left: Problem[]): ChosenSplit[] {
  const all = plans.flatMap(({ names }) => names);
  const hasImages = all.some(isImage);
  const kindIn = (name: string): Kind =>
    hasImages && isImageMetadata(name) ? 'images' : (kindOf(name) ?? 'text');
  const main = mostFrequent(all.map(kindIn));
  return plans.flatMap((plan) => {
    const found = plan.names.map(kindIn);
    const rest = tables.has(main) ? found.filter((kind) => tables.has(kind)) : [];
    const kind = found.includes(main) ? main : rest.length > 0 ? mostFrequent(rest) : undefined;
    for (const [i, path] of plan.names.entries())
      if (found[i] !== kind)
        left.push({
          path,
          message: `is not read: most data files here are ${called[kind ?? main]}; name it under configs in the card if it belongs to the data`,
        });
    const names = plan.names.filter((_, i) => found[i] === kind);
    return kind === undefined ? [] : [{ ...plan, kind, names }];
  });
}

function mostFrequent(found: readonly Kind[]): Kind {
  const counts = new Map(kinds.map((kind) => [kind, 0]));
  for (const kind of found) counts.set(kind, counts.get(kind)! + 1);
  return kinds.reduce((best, kind) => (counts.get(kind)! > counts.get(best)! ? kind : best));
}

function kindOf(name: string): Kind | undefined {
  const plain = name.toLowerCase().replace(/\.gz$/, '');
  if (/\.(parquet|pq)$/.test(plain)) return 'parquet';
  if (isImage(name)) return 'images';
  if (/\.(csv|tsv|tab)$/.test(plain)) return 'csv';
  if (/\.(json|jsonl|ndjson)$/.test(plain)) return 'json';
  if (/\.idx$|[-.]idx\d-ubyte$/.test(plain)) return 'idx';
  return /\.(txt|text)$/.test(plain) ? 'text' : undefined;
}

const isMarkdown = (name: string): boolean => /\.md(\.gz)?$/i.test(name);

/** Whole names, so that recipes.csv and citations.parquet are data. */
const descriptions = [
  /^(readme|licen[cs]e|copying|notice|authors|contributors|contributing|changelog|changes|citation|terms|datasheet)([-._][a-z0-9.-]+)?\.(md|txt|text|rst)$/,
  /^requirements([-._][a-z0-9.-]+)?\.txt$/,
  /^(tokenizer|special_tokens_map)[^/]*\.json$/,
  /^(dataset_infos?|dataset_dict|config|recipe|croissant|ro-crate-metadata|datapackage)\.json(ld)?$/,
];

/** Whether a file describes a dataset or serves its reader, and is none of its data. */
function describesOthers(path: string): boolean {
  const parts = path.toLowerCase().split('/');
  const name = parts.at(-1) ?? '';
  if (parts.some((part) => part.startsWith('.') || part.startsWith('__'))) return true;
  if (/^(readme|licen[cs]e|copying|notice|authors|changelog)$/.test(name)) return true;
  return /\.(ya?ml|toml|cff|html?|pdf|py|ipynb)$/.test(name) || descriptions.some((one) => one.test(name));
}
