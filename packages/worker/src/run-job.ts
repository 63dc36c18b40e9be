import { rm } from 'node:fs/promises';
import { HubError, type JobPayload, type JobResult, type Progress } from '@banyan/contract';
import type { Assignment, Outcome } from './assignment.ts';
import { bringInputs } from './bring-inputs.ts';
import type { Crew, Lease } from './crew.ts';
import { describeFailure } from './failure.ts';
import { startHeartbeat } from './heartbeat.ts';
import type { InputCache } from './inputs.ts';
import { makeJobFolder } from './job-folders.ts';
import { dropKept, openKept } from './kept.ts';
import { openOutbox } from './outbox.ts';
import { uploadFiles } from './outputs.ts';
import { persist } from './retry.ts';
import { Stop } from './stop.ts';
import { runInThread, ThreadFailure } from './thread.ts';

/** Runs one leased job from inputs to result; tells the hub how it ended and never throws. */
export async function runJob(
  crew: Crew,
  cache: InputCache,
  lease: Lease,
  leaseSeconds: number,
  leaving: AbortSignal,
): Promise<void> {
  const stop = new AbortController();
  let finishing = false;
  const halt = (why: Stop): void => {
    // Once the result is on its way, its own answer tells: a heartbeat after it finds the lease over, as it should.
    if (!finishing || why.why !== 'lost') stop.abort(why);
  };
  const leave = (): void => halt(new Stop('leaving'));
  leaving.addEventListener('abort', leave, { once: true });
  if (leaving.aborted) leave();
  const heartbeat = startHeartbeat(crew, lease, leaseSeconds, halt);
  const what = describe(lease.payload);
  crew.say(`${what}: started${lease.attempt > 1 ? ` (attempt ${lease.attempt})` : ''}`);
  try {
    const outcome = await work(crew, cache, lease, { onProgress: heartbeat.report, halt }, stop.signal);
    finishing = true;
    await handIn(crew, lease, outcome, stop.signal);
    await dropKept(crew.settings.home, lease.id);
    crew.say(`${what}: done`);
  } catch (error) {
    const reason = stop.signal.aborted ? stop.signal.reason : asStop(error);
    // What was lost, or is given back, may come again and go on; a job that failed or was cancelled will not.
    if (!(reason instanceof Stop) || reason.why === 'cancelled') await dropKept(crew.settings.home, lease.id);
    if (reason instanceof Stop) await endEarly(crew, lease, reason, leaving);
    else await fail(crew, lease, reason, stop.signal);
    crew.say(`${what}: ${reason instanceof Stop ? `stopped (${reason.why})` : messageOf(reason)}`);
  } finally {
    heartbeat.end();
    leaving.removeEventListener('abort', leave);
  }
}

async function work(
  crew: Crew,
  cache: InputCache,
  lease: Lease,
  { onProgress, halt }: { onProgress: (progress: Progress) => void; halt: (why: Stop) => void },
  signal: AbortSignal,
): Promise<Outcome & { folder: string }> {
  const folder = await makeJobFolder(crew.settings.home, lease.id);
  const outbox = openOutbox(crew, lease, signal, (error) => {
    const reason = asStop(error);
    if (reason instanceof Stop) halt(reason);
    // The job goes on: what it computes is worth more than a line of its log.
    else crew.say(`the hub did not take points or lines of the log: ${messageOf(error)}`);
  });
  try {
    const assignment = await assign(crew, cache, lease, folder, signal);
    const outcome = await runInThread(
      assignment,
      (report) => {
        if (report.kind === 'progress') onProgress(report.progress);
        else if (report.kind === 'points') outbox.points(report.points);
        else if (report.kind === 'log') outbox.log(report.level, report.message);
        else outbox.checkpoint(report.step, report.bytes);
      },
      signal,
    );
    await outbox.flush();
    return { ...outcome, folder };
  } catch (error) {
    // What was measured until the failure is what explains it.
    if (!signal.aborted)
      await outbox.flush().catch((why: unknown) => crew.say(`the end of the log is lost: ${messageOf(why)}`));
    await rm(folder, { recursive: true, force: true });
    throw error;
  } finally {
    outbox.end();
  }
}

/** Brings the job's inputs to its folder. */
async function assign(
  crew: Crew,
  cache: InputCache,
  lease: Lease,
  folder: string,
  signal: AbortSignal,
): Promise<Assignment> {
  const { settings } = crew;
  const { id, leaseToken, attempt } = lease;
  const brought = await bringInputs(crew, cache, lease, folder, signal);
  const kept = await openKept(settings.home, { ...lease, payload: brought.payload });
  return {
    ...brought,
    folder,
    ...(kept === undefined ? {} : { kept }),
    attempt,
    threads: settings.threads,
    tunnel: { url: settings.url, job: id, token: settings.token, leaseToken },
  };
}

async function handIn(
  crew: Crew,
  lease: Lease,
  { result, files, folder }: Outcome & { folder: string },
  signal: AbortSignal,
): Promise<void> {
  try {
    const uploaded = await uploadFiles(crew, lease, files, signal);
    const complete: JobResult = 'files' in result ? { ...result, files: uploaded } : result;
    await persist(
      () =>
        crew.hub.worker.complete(
          { id: lease.id, leaseToken: lease.leaseToken, result: complete },
          { signal },
        ),
      { signal },
    );
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

const asStop = (error: unknown): unknown =>
  error instanceof HubError && error.code === 'LEASE_LOST' ? new Stop('lost') : error;

/** A lost job is another's: not a word more. Any other that ends early goes back to the hub, which knows what was asked. */
async function endEarly(crew: Crew, lease: Lease, stop: Stop, leaving: AbortSignal): Promise<void> {
  if (stop.why === 'lost') return;
  // A worker that leaves does not wait for a hub that is away: its lease expires by itself.
  const signal = leaving.aborted ? AbortSignal.timeout(2000) : AbortSignal.timeout(30_000);
  const leased = { id: lease.id, leaseToken: lease.leaseToken };
  const call =
    lease.payload.kind === 'serve' && stop.why === 'cancelled'
      ? () => crew.hub.worker.complete({ ...leased, result: { kind: 'serve' } }, { signal })
      : () => crew.hub.worker.release(leased, { signal });
  // Without it the lease expires by itself, a little later.
  await persist(call, { signal }).catch((error: unknown) =>
    crew.say(`the hub could not be told that the job stopped: ${messageOf(error)}`),
  );
}

async function fail(crew: Crew, lease: Lease, error: unknown, signal: AbortSignal): Promise<void> {
  const { retry, code, message } = error instanceof ThreadFailure ? error.failure : describeFailure(error);
  await persist(
    () =>
      crew.hub.worker.fail(
        {
          id: lease.id,
          leaseToken: lease.leaseToken,
          error: { code: code.slice(0, 60), message: message.slice(0, 4000) },
          retry,
        },
        { signal },
      ),
    { signal },
  ).catch((refusal: unknown) => crew.say(`the hub could not be told of the failure: ${messageOf(refusal)}`));
}

const messageOf = (error: unknown): string =>
  error instanceof ThreadFailure ? error.message : describeFailure(error).message;

function describe(payload: JobPayload): string {
  if (payload.kind === 'train') return `train ${payload.spec.algorithm} on ${payload.dataset.path}`;
  if (payload.kind === 'serve') return `serve ${payload.model.path} as ${payload.deployment}`;
  if (payload.kind === 'query') return `${payload.question.ask} of ${payload.dataset.path}`;
  if (payload.kind !== 'prepare') return `${payload.kind} ${payload.model.path}`;
  return `${payload.recipe === undefined ? 'profile' : 'prepare'} ${payload.dataset.path}`;
}
