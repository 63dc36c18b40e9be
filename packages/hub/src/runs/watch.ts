import type { Run, RunEvent } from '@banyan/contract';
import type { Context } from '../context.ts';
import type { HubEvent } from '../events.ts';
import { readLines } from './logs.ts';
import { lastSteps, readPointsAfter, readSeries } from './metrics.ts';
import { readRun } from './runs.ts';

const topics = ['run.changed', 'run.points', 'run.logs'] as const;
/** The curves so far, thinned: a page that connects late draws them at once. */
const firstPoints = 500;
/** Points come many a second; a page is told this often. */
const paceMs = 200;
/** Proxies cut silent connections, and a lost notification must not stop a page: looked at again at least so often. */
const lookAgainMs = 10_000;

/**
 * What a page that watches a run receives: first the run, its curves and its lines as they are, then each change until
 * the run ends or the page leaves. A page that reconnects gets the current state again.
 */
export async function* watchRun(
  ctx: Context,
  id: string,
  signal: AbortSignal | undefined,
): AsyncGenerator<RunEvent> {
  let run = await readRun(ctx, id);
  const news = new Set<HubEvent['topic']>();
  let wake = asleep;
  const ends = topics.map((topic) =>
    ctx.events.subscribe(topic, id, () => {
      news.add(topic);
      wake();
    }),
  );
  const left = (): boolean => signal?.aborted ?? false;
  const onAbort = (): void => wake();
  signal?.addEventListener('abort', onAbort);
  try {
    yield { kind: 'run', run };
    const seen = await lastSteps(ctx.db, id);
    const curves = await readSeries(ctx.db, id, firstPoints);
    const points = curves.flatMap(({ name, steps, values }) =>
      steps.map((step, i) => ({ name, step, value: values[i] ?? 0 })),
    );
    if (points.length > 0) yield { kind: 'points', points };
    let { lines, last } = await readLines(ctx.db, run.job);
    if (lines.length > 0) yield { kind: 'logs', lines };

    while (!left() && !isOver(run)) {
      if (news.size === 0) {
        const timer = setTimeout(() => wake(), lookAgainMs);
        await new Promise<void>((resolve) => {
          wake = resolve;
          if (left() || news.size > 0) resolve();
        });
        clearTimeout(timer);
      }
      if (left()) return;
      news.clear();
      // Points and lines first: a page that hears of the end has everything.
      const next = await readRun(ctx, id);
      const added = await readPointsAfter(ctx.db, id, seen);
      if (added.length > 0) yield { kind: 'points', points: added };
      ({ lines, last } = await readLines(ctx.db, run.job, last));
      if (lines.length > 0) yield { kind: 'logs', lines };
      if (JSON.stringify(next) !== JSON.stringify(run)) yield { kind: 'run', run: next };
      run = next;
      await new Promise((resolve) => setTimeout(resolve, paceMs));
    }
  } finally {
    signal?.removeEventListener('abort', onAbort);
    for (const end of ends) end();
  }
}

const asleep = (): void => undefined;

const isOver = (run: Run): boolean => run.state !== 'queued' && run.state !== 'running';
