import { afterAll, beforeAll, expect, it } from 'vitest';
import { startTestHub, type TestHub } from './testing.ts';

let hub: TestHub;
beforeAll(async () => {
  hub = await startTestHub();
});
afterAll(() => hub.stop());

const get = (path: string, headers: Record<string, string> = {}) => fetch(hub.url + path, { headers });

it('says that it is well', async () => {
  const response = await get('/healthz');
  expect([response.status, await response.json()]).toEqual([200, { status: 'ok' }]);
});

it('answers an unknown API address with JSON, a page with a page', async () => {
  for (const path of ['/api/v1/nothing', '/api/nothing']) {
    const response = await get(path, { accept: 'text/html' });
    expect([path, response.status, await response.json()]).toMatchObject([path, 404, { code: 'NOT_FOUND' }]);
  }
  // The foreign protocols refuse in their own shapes, but never with a page.
  for (const path of ['/v1/nothing', '/v2/nothing']) {
    const response = await get(path, { accept: 'text/html' });
    expect([path, response.status, await response.json()]).toMatchObject([path, 404, { error: {} }]);
  }
  const page = await get('/projects/any', { accept: 'text/html' });
  expect([page.status, page.headers.get('content-type')]).toEqual([200, expect.stringContaining('text/')]);
});

it('sends strict headers with everything', async () => {
  for (const path of ['/healthz', '/docs', '/api/v1/info', '/nothing']) {
    const { headers } = await get(path);
    expect(headers.get('content-security-policy'), path).toContain("script-src 'self' 'wasm-unsafe-eval'");
    expect(headers.get('cross-origin-opener-policy'), path).toBe('same-origin');
    expect(headers.get('cross-origin-embedder-policy'), path).toBe('require-corp');
    expect(headers.get('x-content-type-options'), path).toBe('nosniff');
    expect(headers.get('x-request-id'), path).toMatch(/^[0-9a-f-]{36}$/);
  }
});

it('describes every route of the contract in OpenAPI 3.1, with named schemas and the bearer scheme', async () => {
  const document = (await (await get('/openapi.json')).json()) as {
    openapi: string;
    paths: Record<string, Record<string, { operationId: string }>>;
    components: { schemas: object; securitySchemes: object };
  };
  expect(document.openapi).toMatch(/^3\.1/);
  const operations = Object.values(document.paths).flatMap((path) =>
    Object.values(path).map((operation) => operation.operationId),
  );
  expect(operations).toEqual(
    expect.arrayContaining(['projects.create', 'runs.watch', 'worker.lease', 'blobs.upload']),
  );
  expect(new Set(operations).size).toBe(operations.length);
  expect(document.paths['/api/v1/projects/{slug}']).toHaveProperty('patch');
  expect(document.components.schemas).toHaveProperty('Project');
  expect(document.components.securitySchemes).toHaveProperty('bearer');
});

it('serves a readable reference without inline scripts or foreign addresses', async () => {
  const page = await (await get('/docs')).text();
  expect(page).not.toMatch(/<script(?![^>]*(src|data-configuration)=)/);
  expect(page).not.toContain('://');
  const [, script = ''] = /src="([^"]+)"/.exec(page) ?? [];
  expect((await get(script)).status).toBe(200);
});

it('counts requests by route, never by address', async () => {
  const { api } = await hub.person();
  const slug = await hub.project(await hub.person(), { visibility: 'public' });
  await api.projects.get({ slug });
  const text = await (await get('/metrics')).text();
  expect(text).toMatch(
    /banyan_http_request_duration_seconds_count\{method="GET",route="projects.get",status="200"\} 1/,
  );
  expect(text).not.toContain(slug);
  expect(text).toContain('process_cpu_seconds_total');
});

it('refuses a body beyond its limit', async () => {
  const { token } = await hub.person();
  const response = await fetch(`${hub.url}/api/v1/projects`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify({ slug: 'big', title: 'x'.repeat(33 << 20) }),
  });
  expect([response.status, await response.json()]).toMatchObject([413, { code: 'TOO_LARGE' }]);
});
