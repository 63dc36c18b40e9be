import type { Worker } from '@banyan/contract';
import { and, eq, gt, inArray } from 'drizzle-orm';
import type { Context, Person } from '../context.ts';
import { iso } from '../db/present.ts';
import { jobs } from '../jobs/table.ts';
import { namespaces } from '../people/namespaces.ts';
import { visibleNamespaces } from '../policy.ts';
import { type sites, workers } from './table.ts';

/** A worker calls at least twice in this time, even while it waits for work; longer silence means that it is lost. */
export const lostAfterMs = 60_000;
/** The lost are shown for a day, so that one sees what left. */
const shownForMs = 86_400_000;

/** The workers of a site. All may know that one is busy; with what, only those who see the job's namespace. */
export async function workersOf(
  { db }: Context,
  me: Person,
  site: typeof sites.$inferSelect,
): Promise<Worker[]> {
  const now = Date.now();
  const rows = await db
    .select()
    .from(workers)
    .where(and(eq(workers.site, site.id), gt(workers.lastSeenAt, new Date(now - shownForMs))))
    .orderBy(workers.id);
  if (rows.length === 0) return [];
  const ids = rows.map((row) => row.id);
  const running = await db
    .select({
      id: jobs.id,
      kind: jobs.kind,
      title: jobs.title,
      namespace: jobs.namespace,
      worker: jobs.worker,
    })
    .from(jobs)
    .where(and(inArray(jobs.worker, ids), eq(jobs.state, 'running')))
    .orderBy(jobs.id);
  const wanted = [...new Set(running.map((job) => job.namespace))];
  const seen = await db
    .select({ slug: namespaces.slug })
    .from(namespaces)
    .where(and(inArray(namespaces.slug, wanted), visibleNamespaces(me)));
  const visible = new Set(seen.map((row) => row.slug));
  return rows.map((row) => {
    const mine = running.filter((job) => job.worker === row.id);
    const lost = row.lastSeenAt.getTime() < now - lostAfterMs;
    return {
      id: row.id,
      name: row.name,
      site: site.name,
      version: row.version,
      host: row.host,
      kinds: row.kinds,
      slots: row.slots,
      state: lost ? 'lost' : mine.length > 0 ? 'busy' : 'idle',
      jobs: mine
        .filter((job) => visible.has(job.namespace))
        .map(({ id, kind, title }) => ({ id, kind, title })),
      lastSeenAt: iso(row.lastSeenAt),
    };
  });
}
