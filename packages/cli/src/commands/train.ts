import type { Lane } from '@banyan/contract';
import type { Command } from 'commander';
import { collect, leaf, withHub } from '../command.ts';
import { defined } from '../defined.ts';
import { describeScores, followRun } from '../follow.ts';
import { laneOption } from '../lane-option.ts';
import type { Shell } from '../shell.ts';
import { parsePath, parseSettings, parseWhole } from '../values.ts';

interface TrainOptions {
  data: string;
  model: string;
  revision: string;
  set: string[];
  seed: number;
  lane: Lane;
  name?: string;
  project?: string;
  site?: string;
  checkpointEvery: number;
  follow: boolean;
}

export function addTrain(program: Command, shell: Shell): void {
  leaf(program, 'train <algorithm>', 'Train an algorithm on prepared data and follow it', [
    'train mlp --data flora/penguins --model flora/species --set hidden=[32,32] --set learningRate=0.01',
    'train vae --data flora/leaves --model flora/draws --lane deterministic   # the same bits everywhere',
    'train gpt --data flora/moby-dick --model flora/whale --no-follow',
    'algorithms mlp                           # which settings there are',
  ])
    .requiredOption('--data <project/prepared>', 'a prepared dataset')
    .requiredOption('--model <project/name>', 'where the model goes; made if it does not exist')
    .option('--revision <revision>', 'of the dataset', 'main')
    .option('--set <key=value>', 'a setting of the algorithm (repeatable)', collect, [])
    .option('--seed <n>', 'fixes every random choice', parseWhole('--seed', 0, 2 ** 31 - 1), 1)
    .addOption(laneOption())
    .option('--name <name>', 'of the run')
    .option('--project <slug>', "default: the model's namespace")
    .option('--site <name>', 'run at this site alone')
    .option(
      '--checkpoint-every <seconds>',
      'between checkpoints',
      parseWhole('--checkpoint-every', 1, 3600),
      30,
    )
    .option('--follow', 'show progress until the run ends', true)
    .option('--no-follow', 'return at once')
    .action(
      withHub(shell, async (context, algorithm: string, options: TrainOptions) => {
        const { hub, print, note } = context;
        const { data: dataset, model, revision, seed, lane, name, site } = options;
        parsePath(dataset);
        const run = await hub.runs.create(
          defined({
            project: options.project ?? parsePath(model).namespace,
            name,
            algorithm,
            config: parseSettings(options.set),
            dataset,
            revision,
            seed,
            lane,
            model,
            site,
            checkpointEverySeconds: options.checkpointEvery,
          }),
        );
        note(`Run ${run.number} of ${run.spec.project}: ${run.name} (${run.id})`);
        if (!options.follow) {
          print(run, `Follow it: banyan runs watch ${run.spec.project}/${run.number}`);
          return;
        }
        const done = await followRun(context, run.id);
        print(done, `${describeScores(done)}\nThe model is ${model}. Serve it: banyan deploy ${model}`);
      }),
    );
}
