import type { Evaluation, Json, Run, RunSpec } from '@banyan/contract';
import { and, eq } from 'drizzle-orm';
import type { Queries } from '../../db/connection.ts';
import type { InputRef } from '../../jobs/table.ts';
import { jobs } from '../../jobs/table.ts';
import { people } from '../../people/table.ts';
import type { RepositoryRow } from '../../policy.ts';
import { runs } from '../../runs/table.ts';
import { pathOf } from '../store.ts';
import type { CommitRow } from '../versions.ts';
import { profiles } from '../versions-table.ts';

/** The work that made a version: a preparation or a training. */
export interface Activity {
  kind: 'prepare' | 'train';
  job: string;
  title: string;
  /** The name of whoever asked for it, and their ORCID. */
  by: string;
  orcid?: string;
  startedAt: Date | null;
  finishedAt: Date | null;
  inputs: InputRef[];
  /** What was asked: the recipe, or the run's settings. */
  parameters: { [name: string]: Json };
  run?: {
    id: string;
    number: number;
    name: string;
    spec: RunSpec;
    evaluation: Evaluation | undefined;
    baseline: Run['baseline'];
  };
}

/** What made a version, if a job of this hub did. */
export async function makerOf(
  db: Queries,
  repository: RepositoryRow,
  commit: Pick<CommitRow, 'id' | 'run'>,
): Promise<Activity | undefined> {
  if (commit.run !== null) return trainingOf(db, commit.run);
  const [row] = await db
    .select({ job: jobs, name: people.name, orcid: people.orcid })
    .from(profiles)
    .innerJoin(jobs, eq(jobs.id, profiles.job))
    .leftJoin(people, eq(people.username, jobs.createdBy))
    .where(and(eq(profiles.repository, repository.id), eq(profiles.commit, commit.id)));
  if (row?.job.order.kind !== 'prepare' || row.job.order.output !== pathOf(repository)) return undefined;
  const { recipe, seed } = row.job.order;
  return {
    ...common(row),
    kind: 'prepare',
    parameters: { seed, ...(recipe !== undefined && { recipe }) },
  };
}

async function trainingOf(db: Queries, id: string): Promise<Activity | undefined> {
  const [row] = await db
    .select({ run: runs, job: jobs, name: people.name, orcid: people.orcid })
    .from(runs)
    .innerJoin(jobs, eq(jobs.id, runs.job))
    .leftJoin(people, eq(people.username, jobs.createdBy))
    .where(eq(runs.id, id));
  if (!row) return undefined;
  const { number, name, spec, evaluation, baseline } = row.run;
  return {
    ...common(row),
    kind: 'train',
    parameters: { algorithm: spec.algorithm, seed: spec.seed, lane: spec.lane, config: spec.config },
    run: {
      id,
      number,
      name,
      spec,
      evaluation: evaluation ?? undefined,
      baseline: baseline ?? undefined,
    },
  };
}

const common = ({
  job,
  name,
  orcid,
}: {
  job: typeof jobs.$inferSelect;
  name: string | null;
  orcid: string | null;
}) => ({
  job: job.id,
  title: job.title,
  by: name ?? job.createdBy,
  ...(orcid !== null && { orcid }),
  startedAt: job.startedAt,
  finishedAt: job.finishedAt,
  inputs: job.inputs,
});
