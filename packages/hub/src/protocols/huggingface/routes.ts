import { HubError } from '@banyan/contract';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Context, Services } from '../../context.ts';
import { contextOf } from '../../http.ts';
import { registerCommunity } from './community-routes.ts';
import { registerFiles } from './file-routes.ts';
import { registerIdentity } from './identity-routes.ts';
import { sendRefusal } from './refusals.ts';
import { registerRepositories } from './repository-routes.ts';

/** JSON bodies: the largest are lists of files to upload, each with a sample of its bytes. */
const bodyLimitBytes = 16 << 20;

/** One request of theirs: who asks, and what they sent. */
export interface Call {
  ctx: Context;
  request: FastifyRequest;
  reply: FastifyReply;
}
export type Answer = (call: Call) => Promise<unknown>;
/** Makes a route's handler of an answer. */
export type Handle = (answer: Answer) => (request: FastifyRequest, reply: FastifyReply) => Promise<unknown>;

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
    // Git's clients know a name and a password alone: the token is the password.
    scope.addHook('onRequest', async ({ headers }) => {
      const [, basic] = /^Basic\s+(\S+)$/i.exec(headers.authorization ?? '') ?? [];
      if (basic === undefined) return;
      const password = Buffer.from(basic, 'base64').toString('utf8').split(':').slice(1).join(':');
      headers.authorization = `Bearer ${password}`;
    });

    await scope.register(async (json) => {
      acceptJson(json);
      registerIdentity(json, handle);
      registerRepositories(json, handle);
      registerCommunity(json, handle);
    });
    await registerFiles(scope, services, handle, acceptJson);
  });
}

/** JSON under each of its names, and forms, which Python's client sends to one route. */
function acceptJson(scope: FastifyInstance): void {
  const parseJson = scope.getDefaultJsonParser('error', 'error');
  scope.removeAllContentTypeParsers();
  scope.addContentTypeParser(
    /^application\/(json|vnd\.git-lfs\+json)/,
    { parseAs: 'string', bodyLimit: bodyLimitBytes },
    (request, body, done) => {
      if (body === '') done(null, undefined);
      else void parseJson(request, String(body), done);
    },
  );
  scope.addContentTypeParser(
    'application/x-www-form-urlencoded',
    { parseAs: 'string', bodyLimit: bodyLimitBytes },
    (_request, body, done) => {
      const form = new URLSearchParams(String(body));
      const names = [...new Set(form.keys())];
      done(null, Object.fromEntries(names.map((name) => [name, oneOrMany(form.getAll(name))])));
    },
  );
  scope.addContentTypeParser('*', (_request, _payload, done) =>
    done(new HubError('BAD_INPUT', 'This route takes JSON.')),
  );
}

const oneOrMany = (values: string[]): string | string[] | undefined =>
  values.length === 1 ? values[0] : values;
