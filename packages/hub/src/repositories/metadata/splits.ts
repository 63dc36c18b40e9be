import type { CardConfig } from '../card/fields.ts';
import { matchesGlob } from './glob.ts';

export interface Config {
  name: string;
  /** No name: the files are not split. */
  splits: { name?: string; paths: string[] }[];
}

const tables = /\.(csv|tsv|json|jsonl|ndjson|parquet)(\.gz)?$/i;
/** Tables that describe, and hold no rows. */
const descriptions =
  /(^|\/)(profile|fitted|quality|explanation|croissant|config|dataset_infos|state|package|manifest|ro-crate-metadata)\.json$|(^|\/)\./i;

/** Whether a file holds rows. */
export const holdsRows = (path: string): boolean => tables.test(path) && !descriptions.test(path);

/**
 * Which files make which split of which configuration: as the card says, or else by the names of files and folders, as
 * the `datasets` library reads a repository.
 */
export function configsOf(paths: readonly string[], configs: readonly CardConfig[] | undefined): Config[] {
  const data = paths.filter(holdsRows);
  if (configs === undefined || configs.length === 0) {
    const splits = splitsByName(data);
    return splits.length === 0 ? [] : [{ name: 'default', splits }];
  }
  return configs
    .map((config) => ({ name: config.config_name, splits: splitsOf(config, data) }))
    .filter(({ splits }) => splits.length > 0);
}

function splitsOf(
  { data_files: files, data_dir: folder }: CardConfig,
  paths: readonly string[],
): Config['splits'] {
  const prefix =
    folder === undefined || /^\.?\/?$/.test(folder) ? '' : `${folder.replace(/^\.?\/|\/+$/g, '')}/`;
  const within = paths.filter((path) => path.startsWith(prefix));
  if (files === undefined) return splitsByName(within);
  const chosen = (patterns: string[]) =>
    within.filter((path) =>
      patterns.some((pattern) => matchesGlob(prefix + pattern.replace(/^\.?\//, ''), path)),
    );
  const found = files.map((entry) =>
    typeof entry === 'string'
      ? { name: 'train', paths: chosen([entry]) }
      : { name: entry.split, paths: chosen(entry.path) },
  );
  const merged = new Map<string, string[]>();
  for (const { name, paths: more } of found)
    merged.set(name, [...new Set([...(merged.get(name) ?? []), ...more])]);
  return [...merged].map(([name, all]) => ({ name, paths: all })).filter((split) => split.paths.length > 0);
}

const words: [split: string, RegExp][] = [
  ['train', /(^|[-._ 0-9/])(train|training)([-._ 0-9/]|$)/i],
  ['validation', /(^|[-._ 0-9/])(validation|valid|dev|val)([-._ 0-9/]|$)/i],
  ['test', /(^|[-._ 0-9/])(test|testing|eval|evaluation)([-._ 0-9/]|$)/i],
];

function splitsByName(paths: readonly string[]): Config['splits'] {
  const alike = mostFrequentEnding(paths);
  const named = Map.groupBy(alike, (path) => words.find(([, word]) => word.test(path))?.[0]);
  const found = words.flatMap(([name]) => {
    const own = named.get(name);
    return own === undefined ? [] : [{ name, paths: own }];
  });
  if (found.length > 0) return found;
  return alike.length === 0 ? [] : [{ paths: alike }];
}

/** Tables of several formats do not make one table: those of the most frequent one do. */
function mostFrequentEnding(paths: readonly string[]): string[] {
  const groups = Map.groupBy(paths, (path) => tables.exec(path)?.[0].toLowerCase() ?? '');
  return [...groups.values()].sort((a, b) => b.length - a.length)[0] ?? [];
}
