import type { HubApi, Lane, Race } from '@banyan/contract';
import type { Command } from 'commander';
import { formatMeasured } from '../amounts.ts';
import { type Context, leaf, withHub } from '../command.ts';
import { defined } from '../defined.ts';
import { patiently, pause } from '../follow.ts';
import { laneOption } from '../lane-option.ts';
import { openProgress } from '../progress-line.ts';
import { usageError } from '../refusal.ts';
import type { Shell } from '../shell.ts';
import { table } from '../table.ts';
import { type Candidate, parseCandidate, parsePath, parseWhole } from '../values.ts';

type Metric = Parameters<HubApi['races']['create']>[0]['metric'];

interface RaceOptions {
  data: string;
  metric: Metric;
  candidate: Candidate[];
  revision: string;
  seed: number;
  lane: Lane;
  title?: string;
  model?: string;
  project?: string;
  site?: string;
  follow: boolean;
}

export function addRace(program: Command, shell: Shell): void {
  leaf(program, 'race', 'Train several candidates on one split and rank them', [
    'race --data flora/penguins --metric accuracy --candidate majority --candidate linear --candidate mlp:hidden=[32,32]',
  ])
    .requiredOption('--data <project/prepared>', 'a prepared dataset')
    .requiredOption('--metric <name>', 'accuracy, macro_f1, log_loss, rmse, mae, r2, bits_per_byte, ...')
    .option(
      '--candidate <algorithm[:key=value,...]>',
      'a candidate (repeatable)',
      (text: string, before: Candidate[]) => [...before, parseCandidate(text)],
      [],
    )
    .option('--revision <revision>', 'of the dataset', 'main')
    .option('--seed <n>', 'of every candidate', parseWhole('--seed', 0, 2 ** 31 - 1), 1)
    .addOption(laneOption())
    .option('--title <title>', 'the question this race answers')
    .option('--model <name>', 'models go to project/NAME-1, project/NAME-2, ... (default: race)')
    .option('--project <slug>', "default: the data's namespace")
    .option('--site <name>', 'run at this site alone')
    .option('--follow', 'wait for the leaderboard', true)
    .option('--no-follow', 'return at once')
    .action(
      withHub(shell, async (context, options: RaceOptions) => {
        const { hub, print, note } = context;
        const { namespace, name } = parsePath(options.data);
        const candidates = options.candidate;
        if (candidates.length === 0)
          throw usageError(
            'A race needs candidates.',
            'Add --candidate linear --candidate mlp:hidden=[32,32]',
          );
        const { data: dataset, revision, metric, seed, lane, site } = options;
        const race = await hub.races.create(
          defined({
            project: options.project ?? namespace,
            title: options.title ?? `${name} by ${metric}`,
            dataset,
            revision,
            metric,
            candidates: candidates.map((candidate) => defined(candidate)),
            seed,
            lane,
            model: options.model ?? `${name}-race`,
            site,
          }),
        );
        note(`Race "${race.title}" with ${candidates.length} candidates (${race.id})`);
        const ended = options.follow ? await followRace(context, race) : race;
        print(ended, describeLeaderboard(ended));
      }),
    );
}

async function followRace({ hub, shell, json }: Context, first: Race): Promise<Race> {
  const line = openProgress(shell, json);
  try {
    for (let race = first; ; race = await patiently(() => hub.races.get({ id: first.id }))) {
      if (race.state === 'finished') return race;
      const ended = race.leaderboard.filter(({ run }) => run.finishedAt !== undefined);
      const now = race.leaderboard.find(({ run }) => run.state === 'running')?.run;
      const at = now?.progress;
      line.show({
        phase: `${ended.length} of ${race.leaderboard.length} candidates`,
        done: at?.step ?? 0,
        ...(at?.totalSteps === undefined ? {} : { total: at.totalSteps }),
        unit: 'steps',
        ...(now === undefined ? {} : { remark: now.name }),
      });
      await pause(shell.signal, 'the race goes on: banyan runs list --project ' + race.project);
    }
  } finally {
    line.end();
  }
}

/** Ranks with scores; those whose interval overlaps the leader's are marked as tied with it. */
export function describeLeaderboard({ leaderboard, metric, state }: Race): string {
  const rows = leaderboard.map(({ rank, run, score, tied, baseline }) => [
    rank === undefined ? '-' : String(rank),
    run.name,
    score === undefined ? (run.error?.message.slice(0, 60) ?? run.state) : formatMeasured(score),
    [tied && rank !== 1 ? 'tied' : '', baseline ? 'baseline' : ''].filter(Boolean).join(', '),
    run.spec.model,
  ]);
  const text = table(['rank', 'candidate', metric, 'note', 'model'], rows);
  return state === 'finished' ? `${text}\ntied: its 95 % interval overlaps the leader's` : text;
}
