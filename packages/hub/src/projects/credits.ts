import type { Credit } from '@banyan/contract';
import { sql } from 'drizzle-orm';
import type { Context } from '../context.ts';
import { authorizeNamespace } from '../policy.ts';
import { readProject } from './projects.ts';

/**
 * Who gave what to a project, from the ledger alone: people by their deeds, organisations by the datasets that they
 * let the project use and the compute that their sites spent on it.
 */
export async function readCredits(ctx: Context, slug: string): Promise<Credit[]> {
  await authorizeNamespace(ctx, slug, 'see');
  await readProject(ctx, slug);
  const { rows } = await ctx.db.execute<Credit & { person: string | null; lender: string | null }>(sql`
    with deeds as (
      select actor as person, null as lender, action, subject, details, 0::float8 as seconds from ledger
        where namespace = ${slug} and actor is not null
      union all
      -- A decision on a grant is written in the dataset's namespace and names the project as its subject.
      select actor, null, action, subject, details, 0 from ledger
        where action in ('grant.grant', 'grant.deny') and details->>'subject' = ${slug} and actor is not null
      union all
      select case when n.kind = 'person' then n.slug end, case when n.kind = 'organisation' then n.slug end,
        'dataset.lend', l.details->>'resource', l.details, 0
        from ledger l join namespaces n on n.slug = l.namespace
        where l.action = 'grant.grant' and l.details->>'subject' = ${slug} and l.details->>'kind' = 'dataset'
          and n.kind <> 'project'
      union all
      select null, details->>'organisation', action, subject, details, (details->>'computeSeconds')::float8 from ledger
        where namespace = ${slug} and action in ('job.finish', 'job.requeue') and details->>'organisation' is not null
    )
    select person, lender,
      count(distinct subject) filter (where action = 'dataset.lend'
        or action = 'repository.create' and details->>'kind' = 'dataset')::int as datasets,
      count(distinct subject) filter (where action = 'job.create' and details->>'kind' = 'prepare')::int as recipes,
      count(distinct subject) filter (where action = 'run.create')::int as runs,
      count(distinct subject) filter (where action = 'repository.create' and details->>'kind' = 'model')::int as models,
      count(*) filter (where action in ('grant.grant', 'grant.deny'))::int as reviews,
      sum(seconds) as "computeSeconds"
    from deeds group by person, lender
    order by "computeSeconds" desc, runs desc, datasets desc, person, lender`);
  return rows
    .map(({ person, lender, ...credit }) => ({
      ...credit,
      ...(person !== null && { username: person }),
      ...(lender !== null && { organisation: lender }),
    }))
    .filter((credit) =>
      ['datasets', 'recipes', 'runs', 'models', 'reviews', 'computeSeconds'].some(
        (kind) => credit[kind as keyof Credit] !== 0,
      ),
    );
}
