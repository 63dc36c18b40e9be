import { type Deployment, HubError, type Job, type Json } from '@banyan/contract';
import { and, desc, eq, lt, or, type SQL, sql } from 'drizzle-orm';
import { requireOwnToPublish } from '../consent.ts';
import type { Context, Person } from '../context.ts';
import { idCursor, toPage } from '../db/page.ts';
import { given, iso } from '../db/present.ts';
import { enqueue } from '../jobs/enqueue.ts';
import { requestCancel } from '../jobs/jobs.ts';
import { readInput } from '../jobs/read-input.ts';
import { jobs } from '../jobs/table.ts';
import { presentSites, whyWaiting } from '../jobs/waiting.ts';
import { record } from '../ledger/record.ts';
import { hasRole, namespacesOf, roleIn } from '../people/roles.ts';
import { authorizeNamespace, signedIn } from '../policy.ts';
import { findRepository, splitPath } from '../repositories/store.ts';
import { deployments } from './table.ts';

export type DeploymentRow = { deployment: typeof deployments.$inferSelect; job: typeof jobs.$inferSelect };

export interface NewDeployment {
  model: string;
  revision: string;
  name?: string | undefined;
  project?: string | undefined;
  visibility: Deployment['visibility'];
  site?: string | undefined;
}

/** Asks a worker to serve a model version. The name of one that is over may be taken again by its project. */
export async function createDeployment(ctx: Context, input: NewDeployment): Promise<Deployment> {
  const { model, revision, visibility, site } = input;
  const project = input.project ?? splitPath(model).namespace;
  const name = input.name ?? model.replace('/', '-').toLowerCase();
  await authorizeNamespace(ctx, project, 'contributor');
  const me = signedIn(ctx, 'write');
  const { ref, commit } = await readInput(ctx, 'model', model, revision, project);
  const repository = await findRepository(ctx.db, 'model', model);
  if (visibility === 'public' && repository)
    await requireOwnToPublish(ctx.db, { namespace: project, repository });
  await ctx.db.transaction(async (tx) => {
    const [before] = await tx
      .select({ deployment: deployments, state: jobs.state })
      .from(deployments)
      .innerJoin(jobs, eq(jobs.id, deployments.job))
      .where(eq(deployments.name, name))
      .for('update', { of: deployments });
    if (before && (isLive(before.state) || before.deployment.project !== project))
      throw new HubError('ALREADY_EXISTS', `There is a deployment "${name}" already.`, {
        field: 'name',
        hint: 'Stop it first, or choose another name.',
      });
    if (before) await tx.delete(deployments).where(eq(deployments.id, before.deployment.id));
    const job = await enqueue(ctx, tx, {
      kind: 'serve',
      namespace: project,
      title: `Serve ${model} as ${name}`,
      order: { kind: 'serve', deployment: name },
      inputs: [ref],
      site,
      priority: 5,
    });
    await tx.insert(deployments).values({
      name,
      project,
      model,
      commit: commit.id,
      visibility,
      job: job.id,
      createdBy: me.username,
    });
    await record(tx, {
      actor: me,
      action: 'deployment.create',
      namespace: project,
      subject: name,
      details: { model, commit: commit.id, visibility },
    });
  });
  return readDeployment(ctx, name);
}

const isLive = (state: Job['state']): boolean => state === 'queued' || state === 'running';

/** Deployments I may call, newest first. */
export async function listDeployments(
  ctx: Context,
  query: { limit: number; cursor?: string | undefined; project?: string | undefined },
) {
  const me = signedIn(ctx);
  const { limit, project } = query;
  const cursor = idCursor(query.cursor);
  const rows = await select(
    ctx,
    and(
      callable(me),
      project === undefined ? undefined : eq(deployments.project, project),
      cursor === undefined ? undefined : lt(deployments.id, cursor),
    ),
    limit + 1,
  );
  const page = toPage(
    rows,
    limit,
    (row) => row.deployment.id,
    (row) => row,
  );
  return { ...page, items: await Promise.all(page.items.map((row) => present(ctx, row))) };
}

/** All that I may call, newest first: the foreign protocols know no pages. */
export const listCallable = (ctx: Context): Promise<DeploymentRow[]> =>
  select(ctx, callable(signedIn(ctx)), 1000);

export async function readDeployment(ctx: Context, name: string): Promise<Deployment> {
  return present(ctx, await findDeployment(ctx, name));
}

/** Stops serving: by whoever deployed it while they contribute, or by the project's maintainers. */
export async function stopDeployment(ctx: Context, name: string): Promise<Deployment> {
  const { deployment, job } = await findDeployment(ctx, name);
  const me = signedIn(ctx, 'write');
  const role = await roleIn(ctx.db, me, deployment.project);
  if (!hasRole(role, deployment.createdBy === me.username ? 'contributor' : 'maintainer'))
    throw new HubError(
      'NOT_ALLOWED',
      `Only ${deployment.createdBy} and the maintainers of "${deployment.project}" may stop it.`,
    );
  await ctx.db.transaction(async (tx) => {
    await tx.update(deployments).set({ stopped: true }).where(eq(deployments.id, deployment.id));
    await requestCancel(ctx, tx, job.id);
    await record(tx, { actor: me, action: 'deployment.stop', namespace: deployment.project, subject: name });
  });
  ctx.tunnels.find(name)?.close('stopped');
  return readDeployment(ctx, name);
}

/** A deployment that I may call: by its name or, the newest one, by its model's `namespace/name`. */
export async function findDeployment(ctx: Context, name: string): Promise<DeploymentRow> {
  const me = signedIn(ctx);
  const named = name.includes('/')
    ? and(eq(deployments.model, name), eq(deployments.stopped, false))
    : eq(deployments.name, name);
  const [row] = await select(ctx, and(callable(me), named), 1);
  if (!row) throw new HubError('NOT_FOUND', `There is no deployment "${name}", or you may not see it.`);
  return row;
}

/** Those of my projects, and the public ones: for everybody signed in. */
const callable = (me: Person): SQL | undefined =>
  or(eq(deployments.visibility, 'public'), sql`${deployments.project} in ${namespacesOf(me)}`);

function select({ db }: Pick<Context, 'db'>, where: SQL | undefined, limit: number) {
  return db
    .select({ deployment: deployments, job: jobs })
    .from(deployments)
    .innerJoin(jobs, eq(jobs.id, deployments.job))
    .where(where)
    .orderBy(desc(deployments.id))
    .limit(limit);
}

/** What a deployment does now: its tunnel says whether it answers, its job why not. */
export function stateOf(
  ctx: Pick<Context, 'tunnels'>,
  { deployment, job }: DeploymentRow,
): Deployment['state'] {
  if (deployment.stopped) return 'stopped';
  if (job.state === 'failed' || job.state === 'dead') return 'failed';
  if (!isLive(job.state)) return 'stopped';
  return ctx.tunnels.find(deployment.name) ? 'ready' : 'starting';
}

async function present(ctx: Context, row: DeploymentRow): Promise<Deployment> {
  const { deployment, job } = row;
  const state = stateOf(ctx, row);
  const waiting =
    job.state === 'queued' && state === 'starting' ? whyWaiting(job, await presentSites(ctx.db)) : undefined;
  const { publicUrl } = ctx.config;
  return {
    name: deployment.name,
    project: deployment.project,
    model: deployment.model,
    commit: deployment.commit,
    visibility: deployment.visibility,
    state,
    ...given('message', job.error?.message ?? waiting),
    job: job.id,
    ...given('manifest', deployment.manifest),
    addresses: {
      predict: `${publicUrl}/api/v1/deployments/${deployment.name}/predict`,
      infer: `${publicUrl}/v2/models/${deployment.name}/infer`,
      ...(generates(deployment.manifest)
        ? { chat: `${publicUrl}/v1/chat/completions`, completions: `${publicUrl}/v1/completions` }
        : {}),
    },
    requests: deployment.requests,
    createdBy: deployment.createdBy,
    createdAt: iso(deployment.createdAt),
  };
}

/** Whether a model continues text, by its manifest. */
export const generates = (manifest: Json): boolean =>
  manifest !== null &&
  typeof manifest === 'object' &&
  !Array.isArray(manifest) &&
  manifest.task === 'generation';
