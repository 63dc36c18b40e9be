import type { FastifyInstance } from 'fastify';
import { giveAccess, handleAccessRequest, listAccessRequests } from './access-requests.ts';
import { addressOf, sendPage } from './repository-routes.ts';
import type { Handle } from './routes.ts';

const one = '/api/:type/:namespace/:name';

/** Discussions, pull requests and requests for access. */
export function registerCommunity(app: FastifyInstance, handle: Handle): void {
  app.get(
    `${one}/user-access-request/:status`,
    handle(async (call) => {
      const { status } = call.request.params as { status: string };
      const { cursor } = call.request.query as { cursor?: string };
      return sendPage(call, await listAccessRequests(call.ctx, addressOf(call), status, cursor));
    }),
  );
  app.post(
    `${one}/user-access-request/handle`,
    handle(async (call) => {
      await handleAccessRequest(call.ctx, addressOf(call), call.request.body);
      return {};
    }),
  );
  app.post(
    `${one}/user-access-request/grant`,
    handle((call) => giveAccess(call.ctx, addressOf(call), call.request.body)),
  );
}
