import { z } from 'zod';
import { nearest } from '../error.ts';
import { columnName, columnSteps, wholeNumber } from './options/columns.ts';
import { joinSteps } from './options/joins.ts';
import { kindSteps } from './options/kinds.ts';
import { rowSteps } from './options/rows.ts';
import { valueSteps } from './options/values.ts';

/** One schema a step; a recipe writes a step as an object with its name as the only key. */
const stepSchemas = { ...joinSteps, ...rowSteps, ...valueSteps, ...columnSteps, ...kindSteps };

/** Each brings the files of a dataset to the worker. */
const mostJoins = 8;

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
    return fail(`must be one step, like { impute: { columns: "*" } }`);
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
    train: fraction.positive().optional(),
    valid: fraction.optional(),
    test: fraction.max(0.9).default(0.2),
    /** Cross-validation: what is not test is cut into so many folds, of which one validates and the others train. */
    folds: wholeNumber.min(2).max(20).optional(),
    /** The fold that validates, from 0. */
    fold: wholeNumber.min(0).optional(),
  })
  .refine(({ folds, train, valid }) => folds === undefined || (train === undefined && valid === undefined), {
    error: 'with folds, train and valid follow from their number; leave them out',
  })
  .refine(({ folds = 1, fold = 0 }) => fold < folds, {
    error: 'fold must be one of 0 to folds - 1',
  })
  .transform(({ method, by, train, valid, test, folds, fold = 0 }) => ({
    method,
    ...(by === undefined ? {} : { by }),
    ...(folds === undefined
      ? { train: train ?? 0.7, valid: valid ?? 0.1, test }
      : { train: ((1 - test) * (folds - 1)) / folds, valid: (1 - test) / folds, test, folds, fold }),
  }))
  .refine(({ train, valid, test }) => Math.abs(train + valid + test - 1) < 1e-6, {
    error: 'train, valid and test must add up to 1',
  })
  .refine(({ method, by }) => method !== 'group' || by !== undefined, {
    error: 'a group split needs by: the column whose groups stay together',
  });

/** How rows are split. `folds` and `fold` come together. */
export interface SplitOptions {
  method: 'random' | 'stratified' | 'group' | 'time';
  by?: string;
  train: number;
  valid: number;
  test: number;
  folds?: number;
  fold?: number;
}

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
  steps: z
    .array(stepSchema)
    .superRefine((steps, context) => {
      const others = steps.findIndex((step) => !('join' in step));
      const late = steps.findLastIndex((step) => 'join' in step);
      if (others >= 0 && late > others)
        context.addIssue({
          code: 'custom',
          message:
            'must come before all other steps: what is joined are raw columns, as a served row has them',
          path: [late, 'join'],
        });
      if (steps.filter((step) => 'join' in step).length > mostJoins)
        context.addIssue({ code: 'custom', message: `can hold at most ${mostJoins} joins` });
    })
    .default([]),
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

/** The path of the tokenizer.json that a recipe takes from the dataset. */
export const tokenizerOf = (recipe: Recipe): string | undefined => findStep(recipe, 'tokenize')?.file;
