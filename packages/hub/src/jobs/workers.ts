import { type AlgorithmInfo, HubError, type JobKind, type Worker } from '@banyan/contract';
import { eq } from 'drizzle-orm';
import type { Context } from '../context.ts';
import { record } from '../ledger/record.ts';
import { administersSite, authorizeSite, signedIn } from '../policy.ts';
import { sites, workers } from '../sites/table.ts';

type SiteRow = typeof sites.$inferSelect;
export type WorkerRow = typeof workers.$inferSelect;

export interface NewWorker {
  site?: string | undefined;
  name: string;
  version: string;
  host: Worker['host'];
  kinds: JobKind[];
  slots: number;
  catalogue: AlgorithmInfo[];
}

/** Announces a worker: with its site's token, or with that of a person who runs the site. */
export async function registerWorker(ctx: Context, { site: wanted, ...worker }: NewWorker) {
  const site = await siteOf(ctx, wanted);
  return ctx.db.transaction(async (tx) => {
    const [row] = await tx
      .insert(workers)
      .values({ ...worker, site: site.id, lastSeenAt: new Date() })
      .returning();
    if (!row) throw new Error('insert returned no row');
    await record(tx, {
      actor: ctx.actor,
      action: 'worker.join',
      namespace: site.organisation ?? undefined,
      subject: worker.name,
      details: { worker: row.id, site: site.name },
    });
    return { worker: row.id, site: site.name, leaseSeconds: ctx.config.leaseSeconds };
  });
}

async function siteOf(ctx: Context, wanted: string | undefined): Promise<SiteRow> {
  const { actor } = ctx;
  if (actor?.kind !== 'site') {
    if (wanted === undefined)
      throw new HubError('BAD_INPUT', 'Say at which site this worker stands.', {
        field: 'site',
        hint: "Or join with the site's own token.",
      });
    return (await authorizeSite(ctx, wanted, 'administer')).site;
  }
  if (wanted !== undefined && wanted !== actor.siteName)
    throw new HubError('NOT_ALLOWED', `This token is of the site "${actor.siteName}", not of "${wanted}".`, {
      field: 'site',
    });
  const [site] = await ctx.db.select().from(sites).where(eq(sites.id, actor.siteId));
  if (!site) throw new HubError('NOT_FOUND', `There is no site "${actor.siteName}".`);
  return site;
}

/** A worker of a site for which the asker may speak; it was seen just now. Throws NOT_FOUND: the worker joins anew. */
export async function seeWorker(ctx: Context, id: string): Promise<{ worker: WorkerRow; site: SiteRow }> {
  const [row] = await ctx.db
    .select({ worker: workers, site: sites })
    .from(workers)
    .innerJoin(sites, eq(sites.id, workers.site))
    .where(eq(workers.id, id));
  if (!row || !(await speaksFor(ctx, row.site)))
    throw new HubError('NOT_FOUND', 'This hub does not know that worker. Join again.');
  await ctx.db.update(workers).set({ lastSeenAt: new Date() }).where(eq(workers.id, id));
  return row;
}

/** Whether the asker's token is the site's own, or of somebody who runs it. */
export async function speaksFor(ctx: Context, site: SiteRow): Promise<boolean> {
  if (ctx.actor?.kind === 'site') return ctx.actor.siteId === site.id;
  return administersSite(ctx.db, signedIn(ctx, 'write'), site);
}
