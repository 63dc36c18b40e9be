import { and, count, eq, exists, gt, inArray, lt, or, sql } from 'drizzle-orm';
import type { FastifyInstance } from 'fastify';
import { collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import type { Services } from './context.ts';
import type { Database } from './db/connection.ts';
import { jobs } from './jobs/table.ts';
import { workers } from './sites/table.ts';
import { lostAfterMs } from './sites/workers.ts';

/** `/metrics` for Prometheus: the process, requests by route, jobs and workers by state. It names no person or project. */
export function registerMetrics(app: FastifyInstance, { db }: Services): void {
  const register = new Registry();
  collectDefaultMetrics({ register });
  const requests = new Histogram({
    name: 'banyan_http_request_duration_seconds',
    help: 'Requests by route and status, with their durations',
    labelNames: ['method', 'route', 'status'],
    buckets: [0.005, 0.02, 0.1, 0.5, 2, 10, 60],
    registers: [register],
  });
  const gauge = (name: string, help: string, count: (db: Database) => Promise<Total[]>) =>
    register.registerMetric(
      new Gauge({
        name,
        help,
        labelNames: ['state'],
        registers: [],
        async collect() {
          this.reset();
          for (const { state, total } of await count(db)) this.set({ state }, total);
        },
      }),
    );
  gauge('banyan_jobs', 'Jobs by state; of the ended ones, those of the last day', countJobs);
  gauge('banyan_workers', 'Workers by state; those seen within a day', countWorkers);
  app.addHook('onResponse', async (request, reply) => {
    const route = request.info?.route ?? request.routeOptions.url ?? 'unknown';
    requests.observe({ method: request.method, route, status: reply.statusCode }, reply.elapsedTime / 1000);
  });
  app.get('/metrics', async (_request, reply) =>
    reply.header('content-type', register.contentType).send(await register.metrics()),
  );
}

interface Total {
  state: string;
  total: number;
}

function countJobs(db: Database): Promise<Total[]> {
  return db
    .select({ state: jobs.state, total: count() })
    .from(jobs)
    .where(or(inArray(jobs.state, ['queued', 'running']), gt(jobs.finishedAt, sql`now() - interval '1 day'`)))
    .groupBy(jobs.state);
}

function countWorkers(db: Database): Promise<Total[]> {
  const lost = lt(workers.lastSeenAt, new Date(Date.now() - lostAfterMs));
  const busy = exists(
    db
      .select({ id: jobs.id })
      .from(jobs)
      .where(and(eq(jobs.worker, workers.id), eq(jobs.state, 'running'))),
  );
  const state = sql<string>`case when ${lost} then 'lost' when ${busy} then 'busy' else 'idle' end`;
  return db
    .select({ state, total: count() })
    .from(workers)
    .where(gt(workers.lastSeenAt, sql`now() - interval '1 day'`))
    .groupBy(sql`1`);
}
