import type { VersionFacts } from '../metadata/facts.ts';
import type { ColumnProfile, TableProfile } from '../metadata/profile.ts';
import type { Activity } from '../metadata/provenance.ts';
import { type Config, configsOf } from '../metadata/splits.ts';
import { sizeCategory } from './fields.ts';
import { cell, headOf, table as markdownTable, provenanceLines, section } from './start-parts.ts';

interface Known {
  facts: VersionFacts;
  madeBy: Activity | undefined;
  files: readonly { path: string; sizeBytes: number }[];
  table: TableProfile | undefined;
  /** Whether ranges and frequent values may be told: a card is seen by more people than the rows. */
  values: boolean;
}

/** A dataset's first README: what is known is filled in, what only its authors know is asked in italics. */
export function datasetCard(known: Known): string {
  const { facts, madeBy, files, table } = known;
  const configs = configsOf(
    files.map(({ path }) => path),
    undefined,
  );
  const sections = [
    `# ${facts.title}`,
    '_In a few sentences: what is this, who made it, and what for?_',
    section('What is in it', [
      table === undefined ? '' : `${table.rows} rows, ${table.columns.length} columns.`,
      columnsOf(known),
      splitsOf(configs, files),
    ]),
    section('Where it comes from', [
      provenanceLines(facts, madeBy),
      '_How, when and by whom were the data collected? What was done to them since?_',
    ]),
    section('Terms', [
      facts.terms.text.trim(),
      facts.terms.purposes.length === 0 ? '' : `For these purposes: ${facts.terms.purposes.join('; ')}.`,
      facts.terms.algorithms === undefined
        ? ''
        : `With these algorithms: ${facts.terms.algorithms.join(', ')}.`,
      facts.terms.sites === undefined ? '' : `The data stay at: ${facts.terms.sites.join(', ')}.`,
    ]),
    section('What to know before you use it', [
      '_What should it not be used for? Who or what is missing in it? Which values are doubtful? Does it hold data of persons?_',
    ]),
    section('How to load it', [howToLoad(facts)]),
  ];
  return `${headOf(head(known, configs), asked)}\n${sections.filter((part) => part !== '').join('\n\n')}\n`;
}

const asked: Record<string, string> = {
  language: 'as [en, sw]; leave it out when there is no language in it',
  task_categories: 'as [tabular-classification]',
  license: 'as cc-by-4.0',
};

function head({ facts, table, madeBy }: Known, configs: readonly Config[]) {
  const [licence] = facts.licences;
  const named = configs.flatMap(({ splits }) =>
    splits.flatMap(({ name, paths }) => (name === undefined ? [] : [{ split: name, path: one(paths) }])),
  );
  return {
    pretty_name: facts.title,
    license: licence === undefined ? undefined : cardLicence(licence.id),
    ...(licence?.id.startsWith('LicenseRef-') && !licence.known ? { license_name: licence.name } : {}),
    language: facts.languages.length > 0 ? facts.languages : undefined,
    task_categories: facts.card.fields.task_categories,
    size_categories: table === undefined ? 'left out' : [sizeCategory(table.rows)],
    tags: [...new Set([...facts.keywords, ...(madeBy ? ['prepared'] : [])])],
    ...(facts.sources.length > 0 && { source_datasets: facts.sources.map(({ path }) => path) }),
    ...(named.length > 0 && { configs: [{ config_name: 'default', data_files: named }] }),
  };
}

const one = (paths: readonly string[]): string | readonly string[] =>
  paths.length === 1 ? (paths[0] ?? '') : paths.slice(0, 200);

/** Hugging Face's cards write identifiers in lower case, and `other` for what no list has. */
const cardLicence = (id: string): string => {
  if (!id.startsWith('LicenseRef-')) return id.toLowerCase();
  return 'other';
};

const shownColumns = 200;

function columnsOf({ table, values }: Known): string {
  if (table === undefined) return '';
  const rows = table.columns
    .slice(0, shownColumns)
    .map((column) => [
      `\`${cell(column.name)}\``,
      column.type,
      share(column.missing, table.rows),
      values ? cell(valuesOf(column)) : '',
      '_what it means, in which unit_',
    ]);
  const text = markdownTable(['Column', 'Type', 'Missing', values ? 'Values' : '', 'Meaning'], rows);
  const more = table.columns.length - shownColumns;
  return more > 0 ? `${text}\n\nAnd ${more} more columns.` : text;
}

const share = (part: number, whole: number): string =>
  part === 0 || whole === 0 ? 'none' : `${Number(((100 * part) / whole).toPrecision(2))} %`;

function valuesOf({ numbers, times, top, distinct }: ColumnProfile): string {
  if (numbers) return `${short(numbers.min)} to ${short(numbers.max)}, mean ${short(numbers.mean)}`;
  if (times) return `${times.min} to ${times.max}`;
  if (top && distinct <= 10) return top.map(({ value }) => String(value).slice(0, 40)).join(', ');
  return distinct > 0 ? `${distinct} different` : '';
}

const short = (value: number): string => String(Number(value.toPrecision(4)));

function splitsOf(configs: readonly Config[], files: Known['files']): string {
  const sizes = new Map(files.map(({ path, sizeBytes }) => [path, sizeBytes]));
  const rows = configs.flatMap(({ splits }) =>
    splits.map(({ name, paths }) => [
      name ?? 'not split',
      paths.length === 1 ? `\`${cell(paths[0] ?? '')}\`` : `${paths.length} files`,
      bytes(paths.reduce((sum, path) => sum + (sizes.get(path) ?? 0), 0)),
    ]),
  );
  return rows.length === 0 ? '' : markdownTable(['Split', 'File', 'Size'], rows);
}

function bytes(size: number): string {
  const units = ['B', 'KB', 'MB', 'GB', 'TB'];
  const step = Math.min(Math.floor(Math.log10(Math.max(size, 1)) / 3), units.length - 1);
  return `${Number((size / 1000 ** step).toPrecision(3))} ${units[step] ?? 'B'}`;
}

/** The three ways that people come by. */
function howToLoad({ path, hubUrl }: VersionFacts): string {
  const folder = path.split('/')[1] ?? 'data';
  return [
    '```python',
    `# export HF_ENDPOINT=${hubUrl} HF_TOKEN=hf_...`,
    'from datasets import load_dataset',
    '',
    `data = load_dataset("${path}")`,
    '',
    'from huggingface_hub import snapshot_download',
    '',
    `folder = snapshot_download("${path}", repo_type="dataset")`,
    '```',
    '',
    '```sh',
    `banyan pull ${path} --to ./${folder}`,
    '```',
  ].join('\n');
}
