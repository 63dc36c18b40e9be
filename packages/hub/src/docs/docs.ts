import scalar from '@scalar/fastify-api-reference';
import type { FastifyInstance } from 'fastify';
import type { Services } from '../context.ts';
import { openApiDocument } from './openapi.ts';

const settings = {
  url: '/openapi.json',
  withDefaultFonts: false,
  telemetry: false,
  agent: { disabled: true },
  hideClientButton: true,
  showDeveloperTools: 'never',
};

/** No inline script: the security policy allows none. The reference reads its settings from the element. */
const page = `<!doctype html>
<html lang="en">
<head>
  <meta charset="utf-8">
  <meta name="viewport" content="width=device-width, initial-scale=1">
  <title>Banyan API</title>
</head>
<body>
  <noscript>This page needs JavaScript. The document it shows is at <a href="/openapi.json">/openapi.json</a>.</noscript>
  <script id="api-reference" data-configuration="${JSON.stringify(settings).replaceAll('"', '&quot;')}"></script>
  <script src="/docs/reference/js/scalar.js"></script>
</body>
</html>
`;

/** `/openapi.json` and, to read it, `/docs`: all assets from here, nothing from elsewhere. */
export async function registerDocs(app: FastifyInstance, { config }: Services): Promise<void> {
  let document: Promise<string> | undefined;
  app.get('/openapi.json', async (_request, reply) => {
    document ??= openApiDocument(config).then((spec) => JSON.stringify(spec));
    return reply
      .type('application/json')
      .header('cache-control', 'no-cache')
      .send(await document);
  });
  // Only for its script: the page of its own has an inline one.
  await app.register(scalar, { routePrefix: '/docs/reference', configuration: { url: settings.url } });
  app.get('/docs', async (_request, reply) => reply.type('text/html').send(page));
}
