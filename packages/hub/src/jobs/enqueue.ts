import type { JobKind } from '@banyan/contract';
import type { Context } from '../context.ts';
import type { Queries } from '../db/connection.ts';
import { signedIn } from '../policy.ts';
import { allowedSites } from './consent.ts';
import { requireSite } from './eligibility.ts';
import { type InputRef, type JobRow, jobs, type Order } from './table.ts';

export interface NewJob {
  id?: string;
  kind: JobKind;
  /** The namespace that works: its consent counts, and its members see the job. */
  namespace: string;
  title: string;
  order: Order;
  inputs: InputRef[];
  algorithm?: string;
  /** Run at this site alone. */
  site?: string | undefined;
  priority?: number;
  /** Whoever may read may have it done. */
  reading?: boolean;
}

/** A server is given back its place as often as it takes: it is not its fault when workers come and go. */
const endless = 1_000_000;

/** Puts a job in the queue and wakes the workers that wait. Throws CONSENT_NEEDED, and NOT_ALLOWED by the site's policy. */
export async function enqueue(ctx: Context, tx: Queries, job: NewJob): Promise<JobRow> {
  const { site, reading: _, ...values } = job;
  const sites = await allowedSites(tx, { ...job, wantedSite: site });
  if (site !== undefined) await requireSite(tx, site, job);
  const [row] = await tx
    .insert(jobs)
    .values({
      ...values,
      wantedSite: site,
      sites,
      // To look at data is to read it, though a worker works for it.
      createdBy: signedIn(ctx, job.reading === true ? 'read' : 'write').username,
      ...(job.kind === 'serve' ? { maxAttempts: endless } : {}),
    })
    .returning();
  if (!row) throw new Error('insert returned no row');
  await ctx.events.publish(tx, { topic: 'job.queued', id: row.id });
  return row;
}
