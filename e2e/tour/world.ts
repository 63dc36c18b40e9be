import type { ChildProcess } from 'node:child_process';
import { openAsBlob } from 'node:fs';
import { basename } from 'node:path';
import { type Deployment, type Job, type Run, uploadBlob } from '@banyan/contract';
import { startBanyan } from '../banyan.ts';
import type { HubProcess } from '../hub-process.ts';
import type { Member } from '../person.ts';
import * as say from './say.ts';

/** What the tour knows while it goes: the hub, the people, and what was found so far. */
export interface World {
  hub: HubProcess;
  workers: ChildProcess[];
  /** Administrator of the hub. */
  amina: Member;
  /** Data steward at institution A. */
  ingrid: Member;
  /** Researcher at institution B. */
  kwame: Member;
  /** Reads along. */
  sofia: Member;
  results: Result[];
  addresses: [what: string, url: string][];
  pictures: string;
}

/** One line of the table at the end; `passed` is the promise the tour makes about it. */
export interface Result {
  task: string;
  algorithm: string;
  metric: string;
  value: number;
  low: number;
  high: number;
  baseline: string;
  baselineValue: number;
  passed: boolean;
  seconds: number;
}

export const project = 'canopy';

/** Uploads files into a repository as one commit. */
export async function push(
  member: Member,
  repository: { kind: 'dataset' | 'model'; namespace: string; name: string },
  files: { path: string; from: string | Uint8Array<ArrayBuffer> }[],
  message: string,
) {
  const operations = [];
  for (const { path, from } of files) {
    const blob = await uploadBlob(member.options, typeof from === 'string' ? await openAsBlob(from) : from);
    operations.push({ op: 'add' as const, path: path || basename(String(from)), sha256: blob.sha256 });
  }
  return member.api.repositories.commit({ ...repository, message, operations });
}

const pause = (ms: number) => new Promise((done) => setTimeout(done, ms));

/** Waits for a job and says how it goes; a failed one ends the tour with its own message. */
export async function finished(member: Member, job: Job): Promise<Job> {
  for (;;) {
    const now = await member.api.jobs.get({ id: job.id });
    if (now.state === 'succeeded') return now;
    if (now.state !== 'queued' && now.state !== 'running')
      throw new Error(`${now.title}: ${now.state}. ${now.error?.message ?? ''}`);
    say.progress(`${now.title}: ${now.waitingFor ?? now.progress?.phase ?? now.state}`);
    await pause(250);
  }
}

/** Watches a run live by server-sent events until it ends. */
export async function trained(member: Member, run: Run): Promise<Run> {
  let loss = Number.NaN;
  for await (const event of await member.api.runs.watch({ id: run.id })) {
    if (event.kind === 'points') loss = event.points.findLast(({ name }) => name === 'loss')?.value ?? loss;
    if (event.kind !== 'run') continue;
    const { state, progress, error } = event.run;
    if (state === 'succeeded') return event.run;
    if (state !== 'queued' && state !== 'running')
      throw new Error(`${run.name}: ${state}. ${error?.message ?? ''}`);
    if (progress?.totalSteps !== undefined)
      say.progress(`${run.name}: step ${progress.step} of ${progress.totalSteps}, loss ${loss.toFixed(4)}`);
  }
  return member.api.runs.get({ id: run.id });
}

export async function ready(member: Member, deployment: Deployment): Promise<Deployment> {
  for (;;) {
    const now = await member.api.deployments.get({ name: deployment.name });
    if (now.state === 'ready') return now;
    if (now.state !== 'starting') throw new Error(`${now.name}: ${now.state}. ${now.message ?? ''}`);
    say.progress(`${now.name}: ${now.message ?? now.state}`);
    await pause(200);
  }
}

/** Lends this machine to a site, as `npx banyan worker join` does, in a process of its own. */
export const joinWorker = (url: string, token: string, name: string): ChildProcess =>
  startBanyan(['worker', 'join', url, '--token', token, '--name', name], {}, ['ignore', 'ignore', 'pipe']);

/** Trains, and notes the result beside its baseline. `passed` decides from the two values. */
export async function trainAndNote(
  world: World,
  task: string,
  metric: string,
  passed: (value: number, baseline: number) => boolean,
  spec: Parameters<Member['api']['runs']['create']>[0],
): Promise<Run> {
  const startedAt = performance.now();
  const run = await trained(world.kwame, await world.kwame.api.runs.create(spec));
  note(world, task, metric, passed, run, (performance.now() - startedAt) / 1000);
  return run;
}

export function note(
  world: World,
  task: string,
  metric: string,
  passed: (value: number, baseline: number) => boolean,
  run: Run,
  seconds: number,
): void {
  const score = run.evaluation?.metrics[metric];
  const baseline = run.baseline?.evaluation.metrics[metric];
  if (score === undefined || baseline === undefined)
    throw new Error(`${run.name} reported no ${metric} beside its baseline.`);
  const result: Result = {
    task,
    algorithm: run.spec.algorithm,
    metric,
    ...score,
    baseline: run.baseline!.algorithm,
    baselineValue: baseline.value,
    passed: passed(score.value, baseline.value),
    seconds,
  };
  world.results.push(result);
  say.line(
    `${result.algorithm}: ${metric} ${score.value.toFixed(4)} [${score.low.toFixed(4)}, ${score.high.toFixed(4)}]` +
      ` against ${result.baseline} ${result.baselineValue.toFixed(4)}, in ${seconds.toFixed(0)} s`,
  );
  world.addresses.push([`the run (${result.algorithm})`, `${world.hub.url}/runs/${run.id}`]);
  if (!result.passed)
    throw new Error(
      `${task}: ${metric} ${score.value.toFixed(4)} does not keep the tour's promise against ${result.baselineValue.toFixed(4)}.`,
    );
}
