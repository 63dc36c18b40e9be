import { OpenAPIHandler } from '@orpc/openapi/fastify';
import { ORPCError } from '@orpc/server';
import type { FastifyInstance } from 'fastify';
import type { Context, RequestInfo, Services } from './context.ts';
import { asRefusal, refusalBody } from './failures.ts';
import { contextOf } from './http.ts';
import type { router } from './router.ts';

/** Bodies of `/api/v1` are JSON and parsed whole; bytes travel on the plain routes, as streams. */
const bodyLimitBytes = 32 << 20;

/** Serves the contract's routes below `/api/v1`, a prefix that nothing else shares. */
export async function registerApi(
  app: FastifyInstance,
  services: Services,
  routes: typeof router,
): Promise<void> {
  const handler = new OpenAPIHandler<Context>(routes, {
    interceptors: [
      async (call) => {
        try {
          return await call.next();
        } catch (error) {
          const { code, status, message, data, defined } = {
            data: undefined,
            ...refusalBody(asRefusal(error, call.context.log)),
          };
          throw new ORPCError(code, { status, message, data, defined });
        }
      },
    ],
    clientInterceptors: [
      (call) => {
        call.context.request.route = call.path.join('.');
        return call.next();
      },
    ],
  });

  await app.register(
    async (api) => {
      const parseJson = api.getDefaultJsonParser('error', 'error');
      api.removeAllContentTypeParsers();
      api.addContentTypeParser(
        'application/json',
        { parseAs: 'string', bodyLimit: bodyLimitBytes },
        (request, body, done) => {
          if (body === '') done(null, undefined);
          else void parseJson(request, String(body), done);
        },
      );
      api.all('/*', async (request, reply) => {
        const context = await contextOf(services, request, reply);
        request.info = context.request;
        reply.header('cache-control', 'no-store').header('x-accel-buffering', 'no');
        const { matched } = await handler.handle(request, reply, { prefix: '/api/v1', context });
        if (!matched) reply.callNotFound();
      });
    },
    { prefix: '/api/v1' },
  );
}

declare module 'fastify' {
  interface FastifyRequest {
    /** Which contract route this is: for logs and metrics, which must not hold addresses. */
    info?: RequestInfo;
  }
}
