import type { FastifyInstance } from 'fastify';
import type { Services } from '../../context.ts';
import { contextOf } from '../../http.ts';
import { passwordIsToken } from '../basic.ts';
import { acceptJson } from './bodies.ts';
import type { Handle } from './call.ts';
import { registerCommunity } from './community-routes.ts';
import { registerFiles } from './file-routes.ts';
import { registerIdentity } from './identity-routes.ts';
import { sendRefusal } from './refusals.ts';
import { registerRepositories } from './repository-routes.ts';

/**
 * Hugging Face's hub, for its clients in Python, JavaScript and on the command line: they need nothing but HF_ENDPOINT and
 * a token of this hub. Thin adapters: what may be done, and what it does, say the rules beside our own API.
 */
export async function registerHuggingFace(app: FastifyInstance, services: Services): Promise<void> {
  const handle: Handle = (answer) => async (request, reply) => {
    const ctx = await contextOf(services, request, reply);
    if (request.url.startsWith('/api/')) reply.header('cache-control', 'no-store');
    return answer({ ctx, request, reply });
  };
  await app.register(async (scope) => {
    scope.setErrorHandler((error, request, reply) => sendRefusal(services.log, error, request, reply));
    scope.addHook('onRequest', passwordIsToken);

    await scope.register(async (json) => {
      acceptJson(json);
      registerIdentity(json, handle);
      registerRepositories(json, handle);
      registerCommunity(json, handle);
    });
    await registerFiles(scope, services, handle);
  });
}
