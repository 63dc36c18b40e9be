import { parse } from 'yaml';
import { z } from 'zod';

/** Of all splits of a card: each is held against every file. */
const mostPatterns = 1000;

const isPattern = (path: string): boolean => /[*?]/.test(path);

/** A split of a configuration, with its files by name. */
export interface SplitPlan {
  config: string;
  split: string;
  names: string[];
}

const paths = z.union([z.string(), z.array(z.string())]).transform((value) => [value].flat());
const config = z.object({
  config_name: z.string().default('default'),
  data_files: z
    .union([z.array(z.object({ split: z.string().default('train'), path: paths })), paths])
    .optional(),
  data_dir: z.string().optional(),
});
const card = z
  .object({ configs: z.array(config).max(1000) })
  .refine(({ configs }) => configs.flatMap(pathsOf).filter(isPattern).length <= mostPatterns);
type Config = z.infer<typeof config>;

/** The files and patterns that a configuration names. */
function pathsOf({ data_files: files = [] }: Config): string[] {
  return files.flatMap((one) => (typeof one === 'string' ? one : one.path));
}

/** Names of files: all that a card may name, and those of them that count when it does not. */
export interface Candidates {
  named: readonly string[];
  usual: readonly string[];
}

/**
 * Which files make which split. A card's front matter says so (`configs: [{ config_name, data_files: [{ split, path }] }]`,
 * with `*` and `**` in paths); otherwise the names of folders and files do, as in Hugging Face's conventions; otherwise
 * all is `train`.
 */
export function planSplits(candidates: Candidates, readme: string | undefined): SplitPlan[] {
  const configs = readme === undefined ? [] : configsOf(readme);
  const plans = configs.flatMap((one) => planConfig(candidates, one));
  if (plans.length === 0) return byName(candidates.usual, 'default');
  const named = plans.map((plan) => ({
    ...plan,
    config: safeName(plan.config),
    split: safeName(plan.split),
  }));
  // The same name twice would be one table: the first counts.
  return named.filter(
    (plan, i) => i === named.findIndex((one) => one.config === plan.config && one.split === plan.split),
  );
}

/** Names become folders and tables: nothing in them may lead elsewhere. */
const safeName = (name: string): string =>
  name
    .slice(0, 100)
    // oxlint-disable-next-line no-control-regex -- control characters are what this replaces
    .replace(/[\u0000-\u001f/\\<>:"|?*]/g, '_')
    .replace(/^\.*$/, '_');

/** The configurations in a card's front matter; none when it has none, or when they are written otherwise. */
function configsOf(readme: string): Config[] {
  const front = /^\uFEFF?---\r?\n([\s\S]{0,200000}?)\r?\n---/.exec(readme)?.[1];
  if (front === undefined) return [];
  try {
    return card.safeParse(parse(front, { maxAliasCount: 100 })).data?.configs ?? [];
  } catch {
    return [];
  }
}

function planConfig(
  { named, usual }: Candidates,
  { config_name: name, data_files: files, data_dir: dir }: Config,
) {
  const isInside = (path: string) => dir === undefined || path.startsWith(`${dir.replace(/\/+$/, '')}/`);
  if (files === undefined) return byName(usual.filter(isInside), name);
  const inside = named.filter(isInside);
  const plans = files
    .map((one) => (typeof one === 'string' ? { split: 'train', path: [one] } : one))
    .map(({ split, path }) => {
      const whole = new Set(path.map((one) => one.replace(/^\.\//, '')));
      const patterns = path.filter(isPattern).map(partsOf);
      const names = inside.filter((file) => whole.has(file) || patterns.some((parts) => fits(file, parts)));
      return { config: name, split, names };
    });
  const merged = Map.groupBy(plans, ({ split }) => split);
  return [...merged]
    .map(([split, parts]) => ({
      config: name,
      split,
      names: [...new Set(parts.flatMap((part) => part.names))],
    }))
    .filter((plan) => plan.names.length > 0);
}

/** The stars and marks of a pattern, and the texts between them. */
const partsOf = (glob: string): string[] =>
  glob
    .replace(/^\.\//, '')
    .split(/(\*\*\/|\*\*|\*|\?)/)
    .filter((part) => part !== '');

/**
 * `*` stays within a folder, `**` does not. Part by part, by all places that a path may be read up to, in time that grows
 * with the path and the pattern alone.
 */
function fits(path: string, parts: readonly string[]): boolean {
  let ends = new Set([0]);
  for (const part of parts) {
    const next = new Set<number>();
    for (const at of ends) for (const end of endsOf(part, path, at, next)) next.add(end);
    ends = next;
  }
  return ends.has(path.length);
}

/** Up to where one part may read from a place; no further than to a place that is `known` and has been read on from. */
function* endsOf(part: string, path: string, at: number, known: ReadonlySet<number>): Generator<number> {
  if (part === '?') {
    if (at < path.length && path[at] !== '/') yield at + 1;
  } else if (part === '**/') {
    yield at;
    for (let i = path.indexOf('/', at); i >= 0 && !known.has(i + 1); i = path.indexOf('/', i + 1))
      yield i + 1;
  } else if (part === '*' || part === '**') {
    for (let i = at; i <= path.length && !known.has(i); i++) {
      yield i;
      if (part === '*' && path[i] === '/') return;
    }
  } else if (path.startsWith(part, at)) yield at + part.length;
}

const keywords: [split: string, words: RegExp][] = [
  ['train', /^(train|training)$/],
  ['validation', /^(validation|valid|val|dev)$/],
  ['test', /^(test|testing|eval|evaluation|t10k)$/],
];

/** A folder's word counts before a file's, as the outermost one does. */
function byName(names: readonly string[], config: string): SplitPlan[] {
  const found = Map.groupBy(names, splitOf);
  if ([...found.keys()].every((split) => split === undefined))
    return names.length === 0 ? [] : [{ config, split: 'train', names: [...names] }];
  // With splits named, a file beside them belongs to none of them, unless there is no train: then it is that.
  const rest = found.get(undefined) ?? [];
  if (!found.has('train') && rest.length > 0) found.set('train', rest);
  return keywords.flatMap(([split]) => {
    const files = found.get(split);
    return files === undefined ? [] : [{ config, split, names: files }];
  });
}

function splitOf(path: string): string | undefined {
  const parts = path.split('/');
  for (const part of parts) {
    const words = part.toLowerCase().split(/[^a-z0-9]+/);
    const found = keywords.find(([, word]) => words.some((one) => word.test(one)));
    if (found) return found[0];
  }
  return undefined;
}
