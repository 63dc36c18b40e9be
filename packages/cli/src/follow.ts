import { setTimeout as sleep } from 'node:timers/promises';
import type { Job, Run, RunEvent } from '@banyan/contract';
import { formatMeasured, formatNumber } from './amounts.ts';
import type { Context } from './command.ts';
import { openProgress } from './progress-line.ts';
import { CliError, exitCodes, isNetworkFailure } from './refusal.ts';
import { printable, table } from './table.ts';

const pollMs = 500;

/** Shows a job's progress until it ends. Throws a CliError when it failed or was cancelled. */
export async function followJob(
  { hub, shell, json }: Context,
  first: Pick<Job, 'id' | 'title'>,
): Promise<Job> {
  const line = openProgress(shell, json);
  try {
    for (;;) {
      const job = await patiently(() => hub.jobs.get({ id: first.id }));
      if (job.state === 'succeeded') return job;
      if (job.state !== 'queued' && job.state !== 'running')
        throw endedBadly(`${job.kind} job`, job.state, job.error);
      line.show({
        phase: job.state === 'queued' ? waiting(job) : (job.progress?.phase ?? job.kind),
        done: job.progress?.step ?? 0,
        ...(job.progress?.totalSteps === undefined ? {} : { total: job.progress.totalSteps }),
        unit: job.progress?.unit ?? 'steps',
      });
      await pause(shell.signal, `the job goes on: banyan jobs list (stop it: banyan jobs cancel ${job.id})`);
    }
  } finally {
    line.end();
  }
}

const waiting = (job: Job): string =>
  job.waitingFor === undefined ? 'waiting' : `waiting: ${job.waitingFor}`;

/** Shows a run live until it ends; log lines go above the progress. Throws a CliError when it failed or was cancelled. */
export async function followRun(context: Context, id: string): Promise<Run> {
  const { hub, shell, json } = context;
  const line = openProgress(shell, json);
  let run = await hub.runs.get({ id });
  let loss: number | undefined;
  let step = run.progress?.step ?? 0;
  const show = (): void =>
    line.show({
      phase: run.state === 'queued' ? 'waiting for a worker' : (run.progress?.phase ?? run.spec.algorithm),
      done: step,
      ...(run.progress?.totalSteps === undefined ? {} : { total: run.progress.totalSteps }),
      unit: 'steps',
      ...(loss === undefined ? {} : { remark: `loss ${formatNumber(loss)}` }),
    });
  const take = (event: RunEvent): void => {
    if (event.kind === 'run') {
      run = event.run;
      step = Math.max(step, run.progress?.step ?? 0);
    } else if (event.kind === 'logs') for (const entry of event.lines) line.above(printable(entry.message));
    else
      for (const point of event.points) {
        if (point.name === 'loss') loss = point.value;
        step = Math.max(step, point.step);
      }
    show();
  };
  try {
    show();
    while (run.state === 'queued' || run.state === 'running') {
      try {
        for await (const event of await hub.runs.watch({ id }, { signal: shell.signal })) take(event);
      } catch (error) {
        if (!shell.signal.aborted && !isNetworkFailure(error)) throw error;
      }
      // The stream also ends when a proxy or the hub itself went away: then ask, and watch again.
      run = await patiently(() => hub.runs.get({ id }));
      if (run.state === 'queued' || run.state === 'running')
        await pause(
          shell.signal,
          `the run goes on: banyan runs watch ${id} (stop it: banyan runs cancel ${id})`,
        );
    }
  } finally {
    line.end();
  }
  if (run.state !== 'succeeded') throw endedBadly(`run ${run.name}`, run.state, run.error);
  return run;
}

/** Waits a moment; Ctrl-C ends the watching and says how to come back. */
export async function pause(signal: AbortSignal, hint: string, ms: number = pollMs): Promise<void> {
  await sleep(ms, undefined, { signal }).catch(() => undefined);
  if (signal.aborted)
    throw new CliError('Stopped watching;', { code: 'INTERRUPTED', hint, exitCode: exitCodes.interrupted });
}

/** Rides out a hub that restarts: a minute of network failures, then the failure itself. */
export async function patiently<T>(call: () => Promise<T>): Promise<T> {
  const endMs = Date.now() + 60_000;
  for (;;) {
    try {
      return await call();
    } catch (error) {
      if (!isNetworkFailure(error) || Date.now() > endMs) throw error;
      await sleep(1000);
    }
  }
}

function endedBadly(
  what: string,
  state: string,
  error: { code: string; message: string } | undefined,
): CliError {
  if (state === 'cancelled') return new CliError(`The ${what} was cancelled.`, { code: 'CANCELLED' });
  return new CliError(`The ${what} failed: ${error?.message ?? state}`, { code: error?.code ?? 'FAILED' });
}

/** A run's held-out metrics beside its baseline's. */
export function describeScores(run: Run): string {
  const { evaluation, baseline } = run;
  if (evaluation === undefined) return '';
  const head = [
    'metric',
    run.spec.algorithm,
    ...(baseline === undefined ? [] : [`baseline: ${baseline.algorithm}`]),
  ];
  const rows = Object.entries(evaluation.metrics).map(([name, measured]) => {
    const other = baseline?.evaluation.metrics[name];
    return [name, formatMeasured(measured), ...(other === undefined ? [] : [formatMeasured(other)])];
  });
  return `${table(head, rows)}\non ${evaluation.rows} held-out rows, with 95 % intervals`;
}
