import type { Column } from '../column.ts';
import { DataError, unknownColumn } from '../error.ts';
import { findStep, type Recipe, type StepOptions, type Task } from './schema.ts';

export type DataKind = 'tabular' | 'sequence' | 'image' | 'text';

/** What each column of the imported table is for. */
export interface Roles {
  kind: DataKind;
  task: Task;
  target: Column | undefined;
  /** Candidates for features: numbers and texts that have no other role. */
  features: Column[];
  /** Columns whose values are categories even if they are numbers: named by an encode step, or a class to predict. */
  categorical: Set<string>;
  /** Other columns that the prepared rows keep: order, series, group, image, text. */
  kept: Column[];
}

/**
 * Works out from the recipe and the columns what is to be made.
 * @throws DataError 'column' for a column that is not there or cannot play its part, 'recipe' for parts that do not fit.
 */
export function assignRoles(recipe: Recipe, columns: readonly Column[], notes: string[]): Roles {
  const find = (name: string): Column => {
    const column = columns.find((one) => one.name === name);
    if (!column)
      throw unknownColumn(
        name,
        columns.map((one) => one.name),
      );
    return column;
  };
  const reserved = columns.find((column) => column.name.startsWith('banyan.'));
  if (reserved) {
    throw new DataError(
      'column',
      `the name "${reserved.name}" is kept for prepared data; prepare from the original files, or rename it`,
    );
  }
  const window = findStep(recipe, 'window');
  const image = findStep(recipe, 'image');
  const tokenize = findStep(recipe, 'tokenize');
  if ([window, image, tokenize].filter(Boolean).length > 1) {
    throw new DataError('recipe', 'window, image and tokenize cannot be combined: choose one');
  }
  const kind: DataKind = tokenize ? 'text' : window ? 'sequence' : image ? 'image' : 'tabular';
  const target = recipe.target === undefined ? undefined : find(recipe.target);
  const isAhead = (window?.horizon ?? 0) > 0;
  const task = recipe.task ?? guessTask(kind, target, isAhead, notes);
  checkTask(task, kind, target);
  if (task === 'forecast' && !isAhead)
    throw new DataError(
      'recipe',
      "a forecast looks ahead: window: horizon must be 1 or more; for the value in the window's own last row write task: regression",
    );

  const kept = [window?.order, window?.series, image?.column, tokenize?.column, recipe.split.by]
    .filter((name) => name !== undefined)
    .map(find);
  const ordering = window?.order ?? (recipe.split.method === 'time' ? recipe.split.by : undefined);
  if (ordering !== undefined && find(ordering).type === 'text') {
    notes.push(
      `"${ordering}" is text and sorts by the alphabet; write its times as year-month-day if that is wrong`,
    );
  }
  if (image) requireType(find(image.column), ['image', 'binary'], 'image');
  if (tokenize) {
    requireType(find(tokenize.column), ['text'], 'tokenize');
    checkTokenize(tokenize, task);
  }

  const categorical = namedCategories(recipe);
  if (task === 'classification' && target) categorical.add(target.name);
  const features = kind === 'image' || kind === 'text' ? [] : featureColumns(recipe, columns, target, notes);
  return { kind, task, target, features, categorical, kept: [...new Set(kept)] };
}

/** Columns that the recipe calls categories, unless an earlier step makes them so from numbers. */
function namedCategories(recipe: Recipe): Set<string> {
  const [categorical, others] = [new Set<string>(), new Set<string>()];
  for (const step of recipe.steps) {
    if ('bin' in step) for (const name of named(step.bin.columns)) others.add(name);
    if ('derive' in step) others.add(step.derive.name);
    if ('rename' in step) for (const name of Object.values(step.rename.columns)) others.add(name);
    const isEncoded = 'encode' in step && step.encode.method !== 'cycles';
    const columns = isEncoded
      ? step.encode.columns
      : 'cast' in step && step.cast.to === 'text'
        ? step.cast.columns
        : [];
    for (const name of named(columns)) if (!others.has(name)) categorical.add(name);
  }
  return categorical;
}

const named = (columns: string | string[]): string[] => (columns === '*' ? [] : [columns].flat());

function featureColumns(
  recipe: Recipe,
  columns: readonly Column[],
  target: Column | undefined,
  notes: string[],
): Column[] {
  const window = findStep(recipe, 'window');
  const wanted = window && window.columns !== '*' ? new Set([window.columns].flat()) : undefined;
  for (const name of wanted ?? []) {
    if (!columns.some((column) => column.name === name))
      throw unknownColumn(
        name,
        columns.map((column) => column.name),
      );
  }
  // Only a series may know its own past; elsewhere the target as a feature would give the answer away.
  const knowsTarget = window !== undefined && window.horizon > 0;
  if (target && !knowsTarget && wanted?.has(target.name))
    throw new DataError(
      'recipe',
      `window: with horizon: 0 the target "${target.name}" would stand in its own window; leave it out of columns`,
    );
  const others = new Set([
    window?.order,
    window?.series,
    recipe.split.method === 'group' ? recipe.split.by : undefined,
  ]);
  const readAsDates = new Set(
    recipe.steps.flatMap((step) =>
      [
        'parse-dates' in step ? step['parse-dates'].columns : [],
        'cast' in step ? step.cast.columns : [],
        'encode' in step ? step.encode.columns : [],
      ].flat(),
    ),
  );
  return columns.filter((column) => {
    if (wanted) return wanted.has(column.name);
    if (others.has(column.name) || (column.name === target?.name && !knowsTarget)) return false;
    if (['number', 'integer', 'boolean', 'text'].includes(column.type)) return true;
    if (!readAsDates.has(column.name)) notes.push(`"${column.name}" is a ${column.type} and no feature`);
    return false;
  });
}

function guessTask(kind: DataKind, target: Column | undefined, isAhead: boolean, notes: string[]): Task {
  if (kind === 'text' && !target) return 'generation';
  if (!target) {
    if (kind === 'image') return 'reconstruction';
    throw new DataError(
      'recipe',
      'the recipe does not say what to predict; add target: COLUMN (or task: reconstruction)',
    );
  }
  const isNumber = target.type === 'number' || target.type === 'integer';
  const task =
    kind === 'image' || kind === 'text' || !isNumber ? 'classification' : isAhead ? 'forecast' : 'regression';
  notes.push(`the task is ${task}, judging by the column "${target.name}"; write task: if it is another`);
  return task;
}

function checkTask(task: Task, kind: DataKind, target: Column | undefined): void {
  const fits: Record<Task, DataKind[]> = {
    classification: ['tabular', 'sequence', 'image', 'text'],
    regression: ['tabular', 'sequence', 'image'],
    forecast: ['sequence'],
    generation: ['text'],
    reconstruction: ['tabular', 'image'],
  };
  if (!fits[task].includes(kind)) {
    const needs =
      task === 'forecast' ? ' with a window step' : task === 'generation' ? ' with a tokenize step' : '';
    throw new DataError(
      'recipe',
      `task ${task} works on ${fits[task].join(', ')} data${needs}; this recipe makes ${kind} data`,
    );
  }
  const needsTarget = task !== 'generation' && task !== 'reconstruction';
  if (needsTarget && !target)
    throw new DataError('recipe', `task ${task} needs target: the column to predict`);
  if (target && (task === 'regression' || task === 'forecast'))
    requireType(target, ['number', 'integer'], task);
  if (target && task === 'classification')
    requireType(target, ['text', 'boolean', 'integer', 'number'], task);
}

/** Texts to classify are words to an encoder; a text to continue is a stream that any byte may come up in. */
function checkTokenize({ method, length, file, vocabulary }: StepOptions['tokenize'], task: Task): void {
  const classifies = task === 'classification';
  if ((method === 'file') !== (file !== undefined))
    throw new DataError(
      'recipe',
      method === 'file'
        ? 'tokenize: method: file needs file: the path of a tokenizer.json in the dataset'
        : 'tokenize: file belongs to method: file',
    );
  if (method === 'file' && !classifies)
    throw new DataError(
      'recipe',
      'tokenize: method: file is for texts to classify. A text to continue is generated byte for byte, for which Banyan trains its own: method: bytes or bpe',
    );
  if (method === 'file' && vocabulary !== undefined)
    throw new DataError('recipe', "tokenize: the vocabulary is the file's; leave vocabulary out");
  if (method !== undefined && classifies !== (method === 'wordpiece' || method === 'file'))
    throw new DataError(
      'recipe',
      classifies
        ? `tokenize: texts to classify need method: wordpiece, not ${method}`
        : 'tokenize: a text to continue needs method: bytes or bpe; wordpiece is for texts to classify',
    );
  if (length !== undefined && !classifies)
    throw new DataError(
      'recipe',
      'tokenize: length belongs to texts to classify; a text to continue is one stream',
    );
}

function requireType(column: Column, types: Column['type'][], use: string): void {
  if (types.includes(column.type)) return;
  throw new DataError(
    'column',
    `"${column.name}" is a column of type ${column.type}; ${use} needs ${types.join(' or ')}`,
    {
      column: column.name,
      type: column.type,
    },
  );
}
