import type { FastifyInstance } from 'fastify';
import { type Handle, sendPage } from './call.ts';
import { readLiked } from './likes.ts';
import { describeMembers, describeOrganisation, describeUser, whoAmI } from './people.ts';

/** Who I am, and who others are. */
export function registerIdentity(app: FastifyInstance, handle: Handle): void {
  app.get(
    '/api/whoami-v2',
    handle(({ ctx, request }) => whoAmI(ctx, request.headers.authorization)),
  );
  app.get(
    '/api/users/:slug/overview',
    handle(({ ctx, request }) => describeUser(ctx, slugOf(request.params))),
  );
  app.get(
    '/api/users/:slug/likes',
    handle(async (call) => {
      const { params, query } = call.request;
      return sendPage(call, await readLiked(call.ctx, slugOf(params), query));
    }),
  );
  app.get(
    '/api/organizations/:slug/overview',
    handle(({ ctx, request }) => describeOrganisation(ctx, slugOf(request.params))),
  );
  app.get(
    '/api/organizations/:slug/members',
    handle(({ ctx, request }) => describeMembers(ctx, slugOf(request.params))),
  );
}

const slugOf = (params: unknown): string => (params as { slug: string }).slug;
