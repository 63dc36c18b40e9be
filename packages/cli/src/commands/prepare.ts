import { readFile } from 'node:fs/promises';
import type { Json } from '@banyan/contract';
import type { Command } from 'commander';
import { parse as parseYaml } from 'yaml';
import { leaf, withHub } from '../command.ts';
import { followJob } from '../follow.ts';
import { usageError } from '../refusal.ts';
import type { Shell } from '../shell.ts';
import { parsePath, parseWhole } from '../values.ts';

interface PrepareOptions {
  recipe: string;
  to: string;
  revision: string;
  seed: number;
  project?: string;
  follow: boolean;
}

export function addPrepare(program: Command, shell: Shell): void {
  leaf(
    program,
    'prepare <dataset>',
    'Clean, transform and split a dataset by a recipe into a prepared version',
    ['prepare eth/penguins --recipe penguins.yaml --to flora/penguins'],
  )
    .requiredOption('--recipe <file>', 'the recipe, YAML or JSON')
    .requiredOption('--to <project/name>', 'where the prepared version goes; made if it does not exist')
    .option('--revision <revision>', 'of the dataset', 'main')
    .option('--seed <n>', 'of the split', parseWhole('--seed', 0, 2 ** 31 - 1), 1)
    .option('--project <slug>', "default: the output's namespace")
    .option('--no-follow', 'return at once')
    .action(
      withHub(shell, async (context, dataset: string, options: PrepareOptions) => {
        const { hub, print, note } = context;
        parsePath(dataset);
        const project = options.project ?? parsePath(options.to).namespace;
        const recipe = await readRecipe(options.recipe);
        const { revision, seed, to: output } = options;
        const job = await hub.jobs.prepare({ project, dataset, revision, recipe, seed, output });
        note(`Preparing ${dataset} as ${output}: job ${job.id}`);
        if (!options.follow) print(job, `Follow it: banyan jobs list`);
        else
          print(await followJob(context, job), `Prepared ${output}. See it: banyan dataset show ${output}`);
      }),
    );
}

/** The recipe as it stands; the worker knows its grammar and says what is wrong with it. */
async function readRecipe(file: string): Promise<Record<string, Json>> {
  const text = await readFile(file, 'utf8');
  let recipe: unknown;
  try {
    recipe = parseYaml(text);
  } catch (error) {
    throw usageError(
      `${file} is not valid YAML: ${error instanceof Error ? error.message.split('\n', 1).join('') : ''}`,
    );
  }
  if (typeof recipe !== 'object' || recipe === null || Array.isArray(recipe))
    throw usageError(`${file} holds no recipe.`, 'A recipe has the keys task, target, steps and split.');
  return recipe as Record<string, Json>;
}
