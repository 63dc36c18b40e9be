import { HubError } from '@banyan/contract';
import { normalizeIP } from '@fastify/rate-limit';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Context, Services } from './context.ts';
import { authenticate } from './people/authenticate.ts';
import { sessionDays } from './people/sessions.ts';

export const sessionCookie = 'banyan_session';

/** Who asks, and from where: for the rules, on every route of every protocol. Throws when a token is no good. */
export async function contextOf(
  services: Services,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<Context> {
  const { authorization } = request.headers;
  const session = request.cookies[sessionCookie];
  if (authorization === undefined) refuseForeignOrigin(services, request, session);
  return {
    ...services,
    log: services.log.child({ request: request.id }),
    actor: await authenticate(services.db, authorization, session),
    request: {
      id: request.id,
      address: normalizeIP(request.ip, 64),
      session,
      setSession(secret) {
        const options = {
          path: '/',
          httpOnly: true,
          sameSite: 'lax',
          secure: services.config.publicUrl.startsWith('https:'),
        } as const;
        if (secret === undefined) reply.clearCookie(sessionCookie, options);
        else reply.setCookie(sessionCookie, secret, { ...options, maxAge: sessionDays * 86_400 });
      },
      retryAfter: (seconds) => void reply.header('retry-after', seconds),
    },
  };
}

/**
 * Against forged requests: a browser says where a change comes from, and with a cookie it must be from this hub. A
 * bearer token needs no such check, because no other site can make a browser send one.
 */
function refuseForeignOrigin(
  { config }: Services,
  request: FastifyRequest,
  session: string | undefined,
): void {
  if (['GET', 'HEAD', 'OPTIONS'].includes(request.method)) return;
  const { origin } = request.headers;
  const site = request.headers['sec-fetch-site'];
  if (origin === undefined) {
    if (session === undefined || site === 'same-origin') return;
    throw new HubError('NOT_ALLOWED', 'A request with a session cookie must name its origin.', {
      hint: 'Outside of a browser, use a token: authorization: Bearer hf_...',
    });
  }
  const own = URL.canParse(origin) && new URL(origin).host === request.host;
  if (own || origin === config.publicUrl) return;
  throw new HubError('NOT_ALLOWED', `This request comes from ${origin}, not from this hub.`, {
    hint: `Open the hub at ${config.publicUrl}.`,
  });
}
