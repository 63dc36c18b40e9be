import { existsSync } from 'node:fs';
import path from 'node:path';
import { HubError } from '@banyan/contract';
import fastifyStatic from '@fastify/static';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Services } from './context.ts';
import { refusalBody } from './failures.ts';
import { sendRefusal } from './protocols/huggingface/refusals.ts';

const root = path.join(import.meta.dirname, '../../web/dist');

/** Scripts from here alone, WebAssembly too; inline styles, because charts and the API reference set them. */
const contentSecurityPolicy = [
  "default-src 'self'",
  "script-src 'self' 'wasm-unsafe-eval'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data: blob:",
  "font-src 'self' data:",
  "worker-src 'self' blob:",
  "object-src 'none'",
  "base-uri 'self'",
  "form-action 'self'",
  "frame-ancestors 'none'",
].join('; ');

/** Opener and embedder policies give the page SharedArrayBuffer, which threads of WebAssembly need. */
const headers = {
  'content-security-policy': contentSecurityPolicy,
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-embedder-policy': 'require-corp',
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'same-origin',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'permissions-policy': 'camera=(), microphone=(), geolocation=()',
};

/** The web app, with its first page for every address that is its own; and what to say where there is nothing. */
export async function registerWeb(app: FastifyInstance, { log }: Pick<Services, 'log'>): Promise<void> {
  app.addHook('onSend', async (_request, reply) => {
    reply.headers(headers);
  });
  const built = existsSync(path.join(root, 'index.html'));
  if (built)
    await app.register(fastifyStatic, {
      root,
      wildcard: false,
      // Names of built assets carry their hash; the page that names them must be fresh.
      setHeaders: (reply, file) =>
        void reply.header(
          'cache-control',
          file.includes(`${path.sep}assets${path.sep}`) ? 'public, max-age=31536000, immutable' : 'no-cache',
        ),
    });
  app.setNotFoundHandler((request, reply) => {
    const there = `${request.method} ${request.url.split('?')[0]}`;
    const refusal = new HubError('NOT_FOUND', `There is nothing at ${there}.`);
    if (isHuggingFace(request)) return sendRefusal(log, refusal, request, reply);
    if (isPage(request)) {
      if (built) return reply.sendFile('index.html');
      return reply
        .type('text/plain')
        .send('The web app is not built. `npm start` builds it; /docs describes the API.\n');
    }
    return reply.status(refusal.status).send(refusalBody(refusal));
  });
}

/** What Hugging Face's hub has below such addresses and this one lacks: its clients read refusals of their own shape. */
const isHuggingFace = ({ url }: FastifyRequest): boolean =>
  /^\/api\/(models|datasets|spaces|repos)([/?]|$)/.test(url) ||
  /^\/((datasets|spaces)\/)?[^/?]+\/[^/?]+\/(resolve|raw|info)([/?]|$)/.test(url);

/** A browser that wants a page: no API of ours, nor of the foreign protocols. */
function isPage({ method, url, headers }: FastifyRequest): boolean {
  return (
    (method === 'GET' || method === 'HEAD') &&
    !/^\/(api|v1|v2|assets)(\/|$|\?)/.test(url) &&
    (headers.accept ?? '').includes('text/html')
  );
}
