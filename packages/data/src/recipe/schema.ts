import { z } from 'zod';
import { nearest } from '../error.ts';

const columnName = z.string().min(1);

/** `"*"`: every column to which the step applies; or one name; or a list of names. */
const columns = z.union([columnName, z.array(columnName).min(1, 'name at least one column')]).default('*');
const namedColumns = z.union([columnName, z.array(columnName).min(1, 'name at least one column')]);
const positive = z.number().positive();
const wholeNumber = z.number().int('must be a whole number');

/** One schema a step; a recipe writes a step as an object with its name as the only key. */
const stepSchemas = {
  'drop-missing': z.strictObject({ columns }),
  impute: z.strictObject({
    columns,
    numbers: z
      .union([z.enum(['mean', 'median', 'mode']), z.strictObject({ constant: z.number() })], {
        error: 'must be mean, median, mode or { constant: NUMBER }',
      })
      .default('median'),
    strings: z
      .union([z.enum(['mode']), z.strictObject({ constant: z.string().min(1) })], {
        error: 'must be mode or { constant: TEXT }',
      })
      .default('mode'),
  }),
  'drop-duplicates': z.strictObject({ columns }),
  outliers: z.strictObject({
    columns,
    method: z.enum(['iqr', 'z']).default('iqr'),
    /** How many interquartile ranges beyond the quartiles (1.5), or standard deviations from the mean (3). */
    factor: positive.max(100).optional(),
    action: z.enum(['drop', 'clip']).default('clip'),
  }),
  select: z.union([z.strictObject({ columns: namedColumns }), z.strictObject({ except: namedColumns })], {
    error: 'must be { columns: [...] } to keep or { except: [...] } to leave out',
  }),
  scale: z.strictObject({ columns, method: z.enum(['standard', 'min-max']).default('standard') }),
  log1p: z.strictObject({ columns: namedColumns }),
  encode: z.strictObject({ columns, method: z.enum(['one-hot', 'ordinal']).default('one-hot') }),
  window: z.strictObject({
    length: wholeNumber.min(1).max(10_000),
    /** The target lies this many rows after the window's last. */
    horizon: wholeNumber.min(0).max(10_000).default(1),
    order: columnName,
    columns,
    /** The column that tells several series apart. */
    series: columnName.optional(),
  }),
  image: z.strictObject({
    column: columnName,
    scale: positive.default(1 / 255),
    shift: z.number().default(0),
  }),
  sample: z.strictObject({ rows: wholeNumber.min(1) }),
  tokenize: z.strictObject({
    column: columnName.default('text'),
    /** Of a text to be continued: bytes (if not said) or bpe; of texts to be classified: wordpiece. */
    method: z.enum(['bytes', 'bpe', 'wordpiece']).optional(),
    /** 512 for bpe, 4,000 for wordpiece, if not said. */
    vocabulary: wholeNumber.min(257, 'must be over the 256 bytes').max(65_536).optional(),
    /** Tokens that each text to be classified is cut or filled up to; 128, if not said. */
    length: wholeNumber.min(8).max(4096).optional(),
  }),
};

export type StepName = keyof typeof stepSchemas;
export type StepOptions = { [K in StepName]: z.output<(typeof stepSchemas)[K]> };
/** `{ impute: { ... } }`: an object whose only key is the step's name. */
export type Step = { [K in StepName]: { [P in K]: StepOptions[K] } }[StepName];

const stepNames = Object.keys(stepSchemas) as StepName[];

const stepSchema = z.unknown().transform((step, context): Step => {
  const fail = (message: string) => {
    context.addIssue({ code: 'custom', message });
    return z.NEVER;
  };
  if (typeof step !== 'object' || step === null || Object.keys(step).length !== 1) {
    return fail(`must be one step, like { ${stepNames[1]}: { columns: "*" } }`);
  }
  const [name, options] = Object.entries(step)[0]!;
  if (!isStepName(name)) {
    const suggestion = nearest(name, stepNames);
    return fail(
      `has no step "${name}"${suggestion ? `; did you mean "${suggestion}"?` : ''} (steps: ${stepNames.join(', ')})`,
    );
  }
  const parsed = stepSchemas[name].safeParse(options ?? {});
  if (parsed.success) return { [name]: parsed.data } as Step;
  for (const issue of parsed.error.issues) {
    context.addIssue({ code: 'custom', message: issue.message, path: [name, ...issue.path] });
  }
  return z.NEVER;
});

function isStepName(name: string): name is StepName {
  return Object.hasOwn(stepSchemas, name);
}

const fraction = z.number().min(0).max(1);

const splitSchema = z
  .strictObject({
    method: z.enum(['random', 'stratified', 'group', 'time']).default('random'),
    /** Stratified: the column whose proportions are kept (the target, if not said); group, time: required. */
    by: columnName.optional(),
    train: fraction.positive().default(0.7),
    valid: fraction.default(0.1),
    test: fraction.default(0.2),
  })
  .refine(({ train, valid, test }) => Math.abs(train + valid + test - 1) < 1e-6, {
    error: 'train, valid and test must add up to 1',
  })
  .refine(({ method, by }) => method !== 'group' || by !== undefined, {
    error: 'a group split needs by: the column whose groups stay together',
  });

export type SplitOptions = z.output<typeof splitSchema>;

export type Task = 'classification' | 'regression' | 'forecast' | 'generation' | 'reconstruction';

export interface Recipe {
  task?: Task | undefined;
  target?: string | undefined;
  steps: Step[];
  split: SplitOptions;
}

/** A recipe: what to predict, how to clean and transform, how to split. Defaults are filled in. */
export const recipeSchema: z.ZodType<Recipe> = z.strictObject({
  task: z.enum(['classification', 'regression', 'forecast', 'generation', 'reconstruction']).optional(),
  target: columnName.optional(),
  steps: z.array(stepSchema).default([]),
  split: splitSchema.default({ method: 'random', train: 0.7, valid: 0.1, test: 0.2 }),
});

/** A step's name and options, still tied together by their type. */
export function stepOf(step: Step): [StepName, StepOptions[StepName]] {
  const [name] = Object.keys(step) as [StepName];
  const options: Partial<StepOptions> = step;
  return [name, options[name]!];
}

/** The options of the recipe's first step of this name. */
export function findStep<K extends StepName>(recipe: Recipe, name: K): StepOptions[K] | undefined {
  const steps: Partial<StepOptions>[] = recipe.steps;
  return steps.find((step) => name in step)?.[name];
}
