import type { Evaluation } from '@banyan/contract';
import type { Command } from 'commander';
import { formatMeasured } from '../amounts.ts';
import { leaf, withHub } from '../command.ts';
import { followJob } from '../follow.ts';
import type { Shell } from '../shell.ts';
import { table } from '../table.ts';
import { parsePath } from '../values.ts';

interface EvaluateOptions {
  data: string;
  revision: string;
  modelRevision: string;
  project?: string;
  follow: boolean;
}

export function addEvaluate(program: Command, shell: Shell): void {
  leaf(program, 'evaluate <model>', 'Score a model on the held-out rows of a prepared dataset', [
    'evaluate flora/species --data flora/penguins',
  ])
    .requiredOption('--data <project/prepared>', 'a prepared dataset')
    .option('--revision <revision>', 'of the dataset', 'main')
    .option('--model-revision <revision>', 'of the model', 'main')
    .option('--project <slug>', "default: the model's namespace")
    .option('--no-follow', 'return at once')
    .action(
      withHub(shell, async (context, model: string, options: EvaluateOptions) => {
        const { data: dataset, revision, modelRevision } = options;
        const project = options.project ?? parsePath(model).namespace;
        const job = await context.hub.jobs.evaluate({ project, model, modelRevision, dataset, revision });
        if (!options.follow) return context.print(job, 'Follow it: banyan jobs list');
        const { result } = await followJob(context, job);
        const { evaluation } = result as { evaluation: Evaluation };
        const rows = Object.entries(evaluation.metrics).map(([name, measured]) => [
          name,
          formatMeasured(measured),
        ]);
        const note = `on ${evaluation.rows} held-out rows, with 95 % intervals`;
        context.print(evaluation, `${table(['metric', 'value'], rows)}\n${note}`);
      }),
    );
}
