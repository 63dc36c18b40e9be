import {
  type Evaluation,
  HubError,
  type Json,
  type Lane,
  type Race,
  type Run,
  type RunSpec,
} from '@banyan/contract';
import { and, asc, desc, eq, lt } from 'drizzle-orm';
import type { Context } from '../context.ts';
import { idCursor, toPage } from '../db/page.ts';
import { given, iso } from '../db/present.ts';
import { record } from '../ledger/record.ts';
import { authorizeNamespace, signedIn } from '../policy.ts';
import { findAlgorithm, readCatalogue } from './catalogue.ts';
import { checkSpec, insertRun, presentRun, requireContributor, requireDataset, selectRuns } from './runs.ts';
import { races, runs } from './table.ts';

export interface NewRace {
  project: string;
  title: string;
  dataset: string;
  revision: string;
  metric: RaceMetric;
  candidates: { name?: string | undefined; algorithm: string; config: { [key: string]: Json } }[];
  seed: number;
  lane: Lane;
  model: string;
  site?: string | undefined;
}
type RaceMetric = keyof typeof betterWhen;

/** Of each metric, whether a lower or a higher value is better. */
const betterWhen = {
  accuracy: 'higher',
  macro_f1: 'higher',
  r2: 'higher',
  log_loss: 'lower',
  rmse: 'lower',
  mae: 'lower',
  bits_per_byte: 'lower',
  perplexity: 'lower',
  loss: 'lower',
  reconstruction: 'lower',
} as const;

/** Trains several candidates on one split; all their runs are made together, or none is. */
export async function createRace(ctx: Context, input: NewRace): Promise<Race> {
  const { project, title, metric, seed, lane, site } = input;
  await requireContributor(ctx, project);
  const dataset = await requireDataset(ctx, input);
  const catalogue = await readCatalogue(ctx.db);
  const specs: RunSpec[] = [];
  for (const [index, { name, algorithm, config }] of input.candidates.entries()) {
    const { metrics } = findAlgorithm(catalogue, algorithm);
    if (!metrics.includes(metric))
      throw new HubError('BAD_INPUT', `${algorithm} is not measured by ${metric}.`, {
        field: 'metric',
        hint: `It is measured by: ${metrics.join(', ')}.`,
      });
    specs.push(
      await checkSpec(
        ctx,
        {
          project,
          ...given('name', name),
          algorithm,
          config,
          dataset: input.dataset,
          revision: dataset.commit,
          seed,
          lane,
          model: `${project}/${input.model}-${index + 1}`,
          ...given('site', site),
          checkpointEverySeconds: 30,
        },
        catalogue,
      ),
    );
  }
  const id = await ctx.db.transaction(async (tx) => {
    const createdBy = signedIn(ctx, 'write').username;
    const [row] = await tx
      .insert(races)
      .values({ project, title, metric, dataset: input.dataset, datasetCommit: dataset.commit, createdBy })
      .returning();
    if (!row) throw new Error('insert returned no row');
    for (const spec of specs) await insertRun(ctx, tx, spec, dataset, row.id);
    await record(tx, {
      actor: ctx.actor,
      action: 'race.create',
      namespace: project,
      subject: row.id,
      details: { title, metric, dataset: input.dataset, commit: dataset.commit, candidates: specs.length },
    });
    return row.id;
  });
  return readRace(ctx, id);
}

/** Races of a project, newest first. */
export async function listRaces(
  ctx: Context,
  query: { project: string; limit: number; cursor?: string | undefined },
) {
  const { project, limit } = query;
  await authorizeNamespace(ctx, project, 'see');
  const cursor = idCursor(query.cursor);
  const rows = await ctx.db
    .select()
    .from(races)
    .where(and(eq(races.project, project), cursor === undefined ? undefined : lt(races.id, cursor)))
    .orderBy(desc(races.id))
    .limit(limit + 1);
  const page = toPage(
    rows,
    limit,
    (row) => row.id,
    (row) => row,
  );
  return { ...page, items: await Promise.all(page.items.map((row) => present(ctx, row))) };
}

export async function readRace(ctx: Context, id: string): Promise<Race> {
  signedIn(ctx);
  const [row] = await ctx.db.select().from(races).where(eq(races.id, id)).orderBy(asc(races.id));
  if (!row) throw new HubError('NOT_FOUND', 'There is no such race, or you may not see it.');
  await authorizeNamespace(ctx, row.project, 'see');
  return present(ctx, row);
}

async function present(ctx: Context, race: typeof races.$inferSelect): Promise<Race> {
  const rows = await selectRuns(ctx.db, eq(runs.race, race.id), 100);
  const baselines = new Set(
    (await readCatalogue(ctx.db)).flatMap(({ name, baseline }) => (baseline ? [name] : [])),
  );
  const found = rows.map(presentRun);
  const over = found.every((run) => run.state !== 'queued' && run.state !== 'running');
  return {
    id: race.id,
    project: race.project,
    title: race.title,
    dataset: race.dataset,
    datasetCommit: race.datasetCommit,
    metric: race.metric,
    state: over ? 'finished' : 'running',
    leaderboard: rank(found, race.metric, baselines),
    createdBy: race.createdBy,
    createdAt: iso(race.createdAt),
  };
}

/**
 * Best first, those without a score last in the order they were entered. `tied`: the 95 % interval overlaps the
 * leader's, so the held-out rows do not tell the two apart; the leader is tied with itself when anybody is.
 */
export function rank(found: Run[], metric: string, baselines: Set<string>): Race['leaderboard'] {
  const sign = metric in betterWhen && betterWhen[metric as RaceMetric] === 'higher' ? -1 : 1;
  const scoreOf = (run: Run): Evaluation['metrics'][string] | undefined => run.evaluation?.metrics[metric];
  const sorted = found.toSorted((a, b) => {
    const [left, right] = [scoreOf(a), scoreOf(b)];
    if (left && right) return sign * (left.value - right.value) || a.number - b.number;
    return Number(right !== undefined) - Number(left !== undefined) || a.number - b.number;
  });
  const leader = sorted[0] && scoreOf(sorted[0]);
  const overlaps = (score: Evaluation['metrics'][string] | undefined): boolean =>
    score !== undefined && leader !== undefined && score.low <= leader.high && leader.low <= score.high;
  const rivals = sorted.slice(1).some((run) => overlaps(scoreOf(run)));
  return sorted.map((run, index) => {
    const score = scoreOf(run);
    return {
      ...(score ? { rank: index + 1, score } : {}),
      run,
      tied: index === 0 ? rivals : overlaps(score),
      baseline: baselines.has(run.spec.algorithm),
    };
  });
}
