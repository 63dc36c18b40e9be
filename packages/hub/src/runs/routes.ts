import type { Context } from '../context.ts';
import { os } from '../rpc.ts';
import { listAlgorithms } from './catalogue.ts';
import { readLines } from './logs.ts';
import { readSeries } from './metrics.ts';
import { createRace, listRaces, readRace } from './races.ts';
import { cancelRun, createRun, listRuns, readRun } from './runs.ts';
import { watchRun } from './watch.ts';

export const algorithmRoutes = {
  list: os.algorithms.list.handler(({ context }) => listAlgorithms(context)),
};

export const runRoutes = {
  create: os.runs.create.handler(({ input, context }) => createRun(context, input)),
  list: os.runs.list.handler(({ input, context }) => listRuns(context, input)),
  get: os.runs.get.handler(({ input, context }) => readRun(context, input.id)),
  cancel: os.runs.cancel.handler(({ input, context }) => cancelRun(context, input.id)),
  metrics: os.runs.metrics.handler(({ input, context }) => readMetrics(context, input)),
  logs: os.runs.logs.handler(({ input, context }) => readLogs(context, input.id)),
  watch: os.runs.watch.handler(async ({ input, context, signal }) => {
    // Refused before the stream begins: once it has, a refusal has no status of its own.
    await readRun(context, input.id);
    return watchRun(context, input.id, signal);
  }),
};

export const raceRoutes = {
  create: os.races.create.handler(({ input, context }) => createRace(context, input)),
  list: os.races.list.handler(({ input, context }) => listRaces(context, input)),
  get: os.races.get.handler(({ input, context }) => readRace(context, input.id)),
};

async function readMetrics(ctx: Context, { id, points }: { id: string; points: number }) {
  const run = await readRun(ctx, id);
  return readSeries(ctx.db, run.id, points);
}

async function readLogs(ctx: Context, id: string) {
  const run = await readRun(ctx, id);
  return (await readLines(ctx.db, run.job)).lines;
}
