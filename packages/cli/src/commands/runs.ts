import { describeRuntime, type Run } from '@banyan/contract';
import { type Command, Option } from 'commander';
import { formatMeasured, formatTime } from '../amounts.ts';
import { type Context, group, leaf, withHub } from '../command.ts';
import { defined } from '../defined.ts';
import { everyPage } from '../every-page.ts';
import { describeScores, followRun } from '../follow.ts';
import { CliError, usageError } from '../refusal.ts';
import type { Shell } from '../shell.ts';
import { facts, table } from '../table.ts';

const states = ['queued', 'running', 'succeeded', 'failed', 'cancelled'] as const;

export function addRuns(program: Command, shell: Shell): void {
  const runs = group(program, 'runs', 'Trainings: a run is named by its id or as PROJECT/NUMBER');

  leaf(runs, 'list', 'Runs of a project, newest first', ['runs list --project flora --state running'])
    .requiredOption('--project <slug>', 'whose runs')
    .addOption(new Option('--state <state>', 'only these').choices(states))
    .action(
      withHub(shell, async ({ hub, print }, options: { project: string; state?: Run['state'] }) => {
        const { project, state } = options;
        const all = await everyPage((cursor) => hub.runs.list(defined({ ...cursor, project, state })));
        const rows = all.map((run) => [
          `${project}/${run.number}`,
          run.name,
          run.spec.algorithm,
          run.state,
          firstScore(run),
          run.createdBy,
          formatTime(run.createdAt),
        ]);
        print(all, table(['run', 'name', 'algorithm', 'state', 'score', 'by', 'created'], rows));
      }),
    );

  leaf(runs, 'show <run>', 'One run: spec, state, scores beside the baseline', ['runs show flora/3']).action(
    withHub(shell, async (context, name: string) => {
      const run = await findRun(context, name);
      context.print(run, `${describeRun(run)}\n\n${describeScores(run)}`.trimEnd());
    }),
  );

  leaf(runs, 'logs <run>', 'The last log lines', ['runs logs flora/3']).action(
    withHub(shell, async (context, name: string) => {
      const { id } = await findRun(context, name);
      const lines = await context.hub.runs.logs({ id });
      context.print(
        lines,
        lines.map(({ at, level, message }) => `${at}  ${level}  ${message}`).join('\n') || 'none',
      );
    }),
  );

  leaf(runs, 'cancel <run>', 'Stop a run', ['runs cancel flora/3']).action(
    withHub(shell, async (context, name: string) => {
      const { id } = await findRun(context, name);
      const run = await context.hub.runs.cancel({ id });
      context.print(run, `Run ${run.name}: ${run.state === 'running' ? 'stopping' : run.state}.`);
    }),
  );

  leaf(runs, 'watch <run>', 'Follow a run live until it ends', ['runs watch flora/3']).action(
    withHub(shell, async (context, name: string) => {
      const { id } = await findRun(context, name);
      const run = await followRun(context, id);
      context.print(run, describeScores(run));
    }),
  );
}

/** A run by its id, or as `project/number`. */
async function findRun({ hub }: Context, name: string): Promise<Run> {
  if (/^[0-9a-f-]{36}$/.test(name)) return hub.runs.get({ id: name });
  const [project, number] = name.split('/');
  if (!project || !/^\d+$/.test(number ?? ''))
    throw usageError(`"${name}" names no run.`, 'Write its id, or PROJECT/NUMBER as in flora/3.');
  const all = await everyPage((cursor) => hub.runs.list({ project, limit: 200, ...cursor }));
  const found = all.find((run) => run.number === Number(number));
  if (found !== undefined) return found;
  throw new CliError(`There is no run ${number} in ${project}.`, {
    code: 'NOT_FOUND',
    hint: `banyan runs list --project ${project}`,
  });
}

function firstScore({ evaluation }: Run): string {
  const [first] = Object.entries(evaluation?.metrics ?? {});
  return first === undefined ? '' : `${first[0]} ${formatMeasured(first[1])}`;
}

function describeRun(run: Run): string {
  const { spec, progress } = run;
  return facts({
    run: `${spec.project}/${run.number}  ${run.name}  (${run.id})`,
    state: run.error === undefined ? run.state : `${run.state}: ${run.error.message}`,
    progress:
      progress === undefined ? undefined : `${progress.step} of ${progress.totalSteps ?? 'unknown'} steps`,
    algorithm: `${spec.algorithm} ${JSON.stringify(spec.config)}  seed ${spec.seed}`,
    lane: `${spec.lane}${run.runtime === undefined ? '' : `: ${describeRuntime(run.runtime)}`}`,
    data: `${spec.dataset} at ${run.datasetCommit.slice(0, 8)}`,
    model: run.modelCommit === undefined ? spec.model : `${spec.model} at ${run.modelCommit.slice(0, 8)}`,
    worker: run.worker === undefined ? undefined : `${run.worker} at ${run.site ?? ''}`,
    attempts: run.attempts,
    created: `${formatTime(run.createdAt)} by ${run.createdBy}`,
    finished: run.finishedAt === undefined ? undefined : formatTime(run.finishedAt),
  });
}
