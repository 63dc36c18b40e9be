import { HubError } from '@banyan/contract';
import cookie from '@fastify/cookie';
import rateLimit from '@fastify/rate-limit';
import { sql } from 'drizzle-orm';
import fastify, {
  type FastifyBaseLogger,
  type FastifyInstance,
  LogController,
  type RouteOptions,
} from 'fastify';
import { uuidv7 } from 'uuidv7';
import { registerApi } from './api.ts';
import { registerBlobs } from './blobs/routes.ts';
import { registerUploads } from './blobs/uploads/routes.ts';
import { registerXet } from './blobs/xet/routes.ts';
import type { Services } from './context.ts';
import { registerDatasetsViewer, rewriteViewerUrl } from './data/viewer/routes.ts';
import { registerTunnel } from './deployments/tunnel-route.ts';
import { registerDocs } from './docs/docs.ts';
import { asRefusal, refusalBody } from './failures.ts';
import { registerMetrics } from './metrics.ts';
import { registerGit } from './protocols/git/routes.ts';
import { registerHuggingFace } from './protocols/huggingface/routes.ts';
import { registerOip } from './protocols/oip/routes.ts';
import { registerOpenAi } from './protocols/openai/routes.ts';
import { registerExports } from './repositories/metadata/plain-routes.ts';
import { router } from './router.ts';
import { registerWeb } from './web.ts';

/** Against a client gone wild, not against many people behind one address. */
const requestsPerMinute = 6000;

/** What is not there right now (a model that moves to another worker, a lost database) is back within seconds. */
const retryAfterSeconds = 2;

/** The whole server over given services, not yet listening; `onRoute` hears of each route as it is registered. */
export async function createApp(
  services: Services,
  onRoute?: (route: RouteOptions) => void,
): Promise<FastifyInstance> {
  const { db, log } = services;
  const logger: FastifyBaseLogger = log;
  const app = fastify({
    loggerInstance: logger,
    logController: new LogController({ disableRequestLogging: true }),
    genReqId: () => uuidv7(),
    // The usual set-up: a proxy for TLS on the same machine, which alone may say where a request came from.
    trustProxy: 'loopback',
    forceCloseConnections: true,
    // A client that is cut off says nothing: its connection, and the part of a file it was sending, must not stay for ever.
    http: { keepAlive: true, keepAliveInitialDelay: 60_000 },
    routerOptions: { maxParamLength: 1024 },
    rewriteUrl: rewriteViewerUrl,
  });
  if (onRoute) app.addHook('onRoute', onRoute);
  app.addHook('onRequest', async (request, reply) => {
    reply.header('x-request-id', request.id);
  });
  app.addHook('onSend', async (_request, reply) => {
    if (reply.statusCode === 503) reply.header('retry-after', retryAfterSeconds);
  });
  // Addresses may hold invitation codes and signatures: the log names the route instead.
  app.addHook('onResponse', async (request, reply) => {
    const route = request.info?.route ?? request.routeOptions.url ?? 'unknown';
    const { statusCode: status, elapsedTime } = reply;
    log.debug(
      { request: request.id, method: request.method, route, status, ms: Math.round(elapsedTime) },
      'request',
    );
  });
  app.setErrorHandler((error, request, reply) => {
    const refusal = asRefusal(error, log.child({ request: request.id }));
    return reply.status(refusal.status).send(refusalBody(refusal));
  });

  await app.register(cookie);
  await app.register(rateLimit, {
    max: requestsPerMinute,
    timeWindow: 60_000,
    errorResponseBuilder: () => new HubError('TOO_MANY'),
  });
  registerMetrics(app, services);
  app.get('/healthz', async (_request, reply) => {
    await db.execute(sql`select 1`);
    return reply.header('cache-control', 'no-store').send({ status: 'ok' });
  });
  await registerApi(app, services, router);
  await registerBlobs(app, services);
  await registerUploads(app, services);
  await registerXet(app, services);
  await registerExports(app, services);
  await registerTunnel(app, services);
  await registerOpenAi(app, services);
  await registerOip(app, services);
  await registerHuggingFace(app, services);
  await registerGit(app, services);
  await registerDatasetsViewer(app, services);
  await registerDocs(app, services);
  await registerWeb(app, services);
  return app;
}
