import { Worker } from 'node:worker_threads';
import type { Assignment, FromThread, Outcome, Report } from './assignment.ts';
import type { Failure } from './failure.ts';

/** A failure that a thread described; thrown on in the main thread. */
export class ThreadFailure extends Error {
  override readonly name = 'ThreadFailure';
  readonly failure: Failure;

  constructor(failure: Failure) {
    super(failure.message);
    this.failure = failure;
  }
}

/** How long a thread may take to end by itself (a tunnel says goodbye) before it is ended. */
const graceMs = 1500;

/**
 * Runs a job's computation in a thread of its own, so that one that blocks (a long kernel, a big file) never keeps the
 * main thread from renewing the lease. Aborting ends the thread and throws the signal's reason.
 */
export async function runInThread(
  assignment: Assignment,
  onReport: (report: Report) => void,
  signal: AbortSignal,
): Promise<Outcome> {
  signal.throwIfAborted();
  const thread = new Worker(new URL('./thread-entry.ts', import.meta.url), {
    workerData: assignment,
    name: `${assignment.payload.kind} job`,
  });
  let giveUp: NodeJS.Timeout | undefined;
  const stop = (): void => {
    thread.postMessage('stop', []);
    giveUp = setTimeout(() => void thread.terminate(), graceMs);
  };
  signal.addEventListener('abort', stop, { once: true });
  try {
    return await new Promise<Outcome>((resolve, reject) => {
      thread.on('message', (message: FromThread) => {
        if (message.kind === 'done') resolve(message.outcome);
        else if (message.kind === 'failed') reject(new ThreadFailure(message.failure));
        else if (!signal.aborted) onReport(message);
      });
      thread.on('error', reject);
      thread.on('exit', (code) => reject(new Error(`the job's thread ended by itself with code ${code}`)));
    });
  } catch (error) {
    throw signal.aborted ? signal.reason : error;
  } finally {
    signal.removeEventListener('abort', stop);
    clearTimeout(giveUp);
    await thread.terminate();
  }
}
