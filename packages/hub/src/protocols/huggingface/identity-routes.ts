import type { FastifyInstance } from 'fastify';
import type { Handle } from './call.ts';
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
    '/api/organizations/:slug/overview',
    handle(({ ctx, request }) => describeOrganisation(ctx, slugOf(request.params))),
  );
  app.get(
    '/api/organizations/:slug/members',
    handle(({ ctx, request }) => describeMembers(ctx, slugOf(request.params))),
  );
}

const slugOf = (params: unknown): string => (params as { slug: string }).slug;
