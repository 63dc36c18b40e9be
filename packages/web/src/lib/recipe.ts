import type { Json } from '@banyan/contract';
import { parse } from 'yaml';
import type { ColumnProfile, Profile } from './profile.ts';

/**
 * A recipe to start from, written for one table: its target is the most class-like column, its steps do what the
 * profile shows to be needed. People edit it; the hub and the worker check it.
 */
export function suggestRecipe(profile: Profile): string {
  const image = profile.columns.find((column) => column.type === 'image');
  if (image !== undefined) return imageRecipe(profile, image);
  const text = profile.columns.find((column) => (column.lengths?.mean ?? 0) > 60);
  if (text !== undefined && profile.columns.length <= 2) {
    const label = classIn(profile, text);
    return label === undefined ? textRecipe(text) : textsRecipe(text, label);
  }
  const time = profile.columns.find((column) => column.type === 'date' || column.type === 'timestamp');
  const measured = profile.columns.filter((column) => column.numbers !== undefined);
  if (time !== undefined && measured.length > 0 && time.distinct > 0.9 * profile.rows)
    return seriesRecipe(time, measured);
  return tableRecipe(profile);
}

const list = (names: readonly string[]) => `[${names.map((name) => scalar(name)).join(', ')}]`;
const scalar = (name: string) => (/^[A-Za-z_][\w ]*$/.test(name) ? name : JSON.stringify(name));

/** The column that most looks like a class to predict: few values, several rows each; named so, if one is. */
export function guessTarget(profile: Profile): ColumnProfile | undefined {
  const classes = profile.columns.filter(
    ({ type, distinct }) =>
      (type === 'text' || type === 'boolean' || type === 'integer') &&
      distinct >= 2 &&
      distinct <= 20 &&
      distinct * 5 <= profile.rows,
  );
  const named = /^(target|label|class|species|outcome|diagnosis|y)$/i;
  return (
    profile.columns.find((column) => named.test(column.name)) ??
    classes.find((column) => column.type !== 'integer') ??
    profile.columns.findLast((column) => column.numbers !== undefined)
  );
}

function tableRecipe(profile: Profile): string {
  const target = guessTarget(profile);
  if (target === undefined)
    return 'task: classification\ntarget: NAME_OF_A_COLUMN\nsteps: []\nsplit: { method: random, train: 0.7, valid: 0.1, test: 0.2 }\n';
  const regression = target.type === 'number' || (target.type === 'integer' && target.distinct > 20);
  const inputs = profile.columns.filter((column) => column !== target);
  const identifiers = inputs.filter(
    ({ type, distinct, missing }) =>
      type === 'text' && distinct > 50 && distinct > 0.5 * (profile.rows - missing),
  );
  const kept = inputs.filter((column) => !identifiers.includes(column));
  const gaps = kept.some((column) => column.missing > 0);
  const texts = kept.some((column) => column.type === 'text' || column.type === 'boolean');
  return lines([
    `task: ${regression ? 'regression' : 'classification'}`,
    `target: ${scalar(target.name)}`,
    'steps:',
    ...(identifiers.length > 0
      ? [
          '  # names that identify rows teach a model nothing',
          `  - select: { except: ${list(identifiers.map(({ name }) => name))} }`,
        ]
      : []),
    ...(target.missing > 0 ? [`  - drop-missing: { columns: [${scalar(target.name)}] }`] : []),
    '  - drop-duplicates: {}',
    ...(gaps ? ['  - impute: { columns: "*", numbers: median, strings: mode }'] : []),
    '  - scale: { columns: "*", method: standard }',
    ...(texts ? ['  - encode: { columns: "*", method: one-hot }'] : []),
    regression
      ? 'split: { method: random, train: 0.7, valid: 0.1, test: 0.2 }'
      : `split: { method: stratified, by: ${scalar(target.name)}, train: 0.7, valid: 0.1, test: 0.2 }`,
  ]);
}

function seriesRecipe(time: ColumnProfile, measured: readonly ColumnProfile[]): string {
  const target = measured[0]!.name;
  return lines([
    'task: forecast',
    `target: ${scalar(target)}`,
    'steps:',
    '  - impute: { columns: "*", numbers: median, strings: mode }',
    '  - scale: { columns: "*", method: standard }',
    `  - window: { length: 30, horizon: 1, order: ${scalar(time.name)}, columns: ${list(measured.map(({ name }) => name))} }`,
    `split: { method: time, by: ${scalar(time.name)}, train: 0.7, valid: 0.1, test: 0.2 }`,
  ]);
}

function imageRecipe(profile: Profile, image: ColumnProfile): string {
  if (image.shape === undefined) return pictureRecipe(profile, image);
  return lines([
    '# reconstruction learns the images themselves (vae); with classification, name the target column too',
    'task: reconstruction',
    'steps:',
    ...(profile.rows > 6000 ? ['  - sample: { rows: 6000 }'] : []),
    `  - image: { column: ${scalar(image.name)}, scale: 0.00392156862745098 }`,
    'split: { method: random, train: 0.8, valid: 0.1, test: 0.1 }',
  ]);
}

/** Images as files, of any size: with a column of labels, to tell apart. */
function pictureRecipe(profile: Profile, image: ColumnProfile): string {
  const label = classIn(profile, image);
  return lines([
    label === undefined ? 'task: reconstruction' : 'task: classification',
    ...(label === undefined ? [] : [`target: ${scalar(label.name)}`]),
    'steps:',
    ...(profile.rows > 6000 ? ['  - sample: { rows: 6000 }'] : []),
    '  # further options: crop: [28, 28], channels: 1 or 3, augment: { copies: 1, flip: horizontal, shift: 2, rotate: 10 }',
    `  - image: { column: ${scalar(image.name)}, resize: [32, 32]${label === undefined ? '' : ', normalise: fit'} }`,
    label === undefined
      ? 'split: { method: random, train: 0.8, valid: 0.1, test: 0.1 }'
      : `split: { method: stratified, by: ${scalar(label.name)}, train: 0.7, valid: 0.1, test: 0.2 }`,
  ]);
}

function textRecipe(text: ColumnProfile): string {
  return lines([
    'task: generation',
    'steps:',
    `  - tokenize: { column: ${scalar(text.name)}, method: bpe, vocabulary: 512 }   # or method: bytes`,
    'split: { method: random, train: 0.9, valid: 0.05, test: 0.05 }',
  ]);
}

/** The other column, if its few values look like classes. */
function classIn(profile: Profile, text: ColumnProfile): ColumnProfile | undefined {
  const other = profile.columns.find((column) => column !== text);
  return other !== undefined &&
    other.distinct >= 2 &&
    other.distinct <= 20 &&
    other.distinct * 5 <= profile.rows
    ? other
    : undefined;
}

function textsRecipe(text: ColumnProfile, label: ColumnProfile): string {
  return lines([
    'task: classification',
    `target: ${scalar(label.name)}`,
    'steps:',
    `  - drop-duplicates: { columns: ${list([text.name])} }`,
    `  - tokenize: { column: ${scalar(text.name)}, length: 128, vocabulary: 4000 }`,
    '# with a column that says where texts come from, use { method: group, by: COLUMN }, so that copies stay together',
    `split: { method: stratified, by: ${scalar(label.name)}, train: 0.7, valid: 0.1, test: 0.2 }`,
  ]);
}

const lines = (parts: readonly string[]) => `${parts.join('\n')}\n`;

/** YAML (or JSON, which is YAML too) as the object to send. */
export function parseRecipe(text: string): { recipe: { [key: string]: Json } } | { error: string } {
  try {
    const value = parse(text) as Json;
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return { recipe: value };
    return { error: 'A recipe is a list of names and values: task, target, steps, split.' };
  } catch (error) {
    return { error: error instanceof Error ? error.message : 'This is not valid YAML.' };
  }
}
