import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import type { JobKind, Json } from '@banyan/contract';
import { WebSocket } from 'ws';
import { sha256 } from './flow.ts';
import { type Ask, everybody, type Init, type PlainRow, readers, writers } from './matrix.ts';
import { huggingFaceRows } from './matrix-huggingface.ts';
import type { World } from './world.ts';

const tensors = { inputs: [{ name: 'mass', datatype: 'FP32', shape: [1, 1], data: [1] }] };
const post = (body: Json): Init => ({
  method: 'POST',
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify(body),
});
const open = (address: string): PlainRow => [everybody, (ask) => ask(address)];
/** Of the deployment: `address` follows its name. */
const served = (address: string, init?: Init): PlainRow => [
  readers,
  (ask, { deployment }) => ask(`/v2/models/${deployment}${address}`, init),
];
/** Nobody converts the dataset here: whoever may read it hears that, in that protocol's words. Sites are nobody to it. */
const viewed = (endpoint: string, more = ''): PlainRow => [
  'S F . . . . . S F',
  async (ask, { dataset }) => {
    const address = `/datasets-server/${endpoint}?dataset=${dataset}&config=default&split=train${more}`;
    const response = await ask(address);
    return response.headers.get('x-error-code') === 'ResponseNotReady' ? '.' : response;
  },
];
/** Who holds no lease, or speaks for no site that does, hears LEASE_LOST alone. */
const holders = 'S L L L . . A . .';

/** A job that the site's worker holds. */
async function leased({ api, owner, project, dataset, model, worker }: World, kind: JobKind) {
  if (kind === 'serve') await owner.api.deployments.create({ model, name: `serve-${Date.now()}` });
  else await owner.api.jobs.prepare({ project, dataset, recipe: {}, output: `${project}/out` });
  const { lease } = await api.site.worker.lease({ worker, kinds: [kind], waitMs: 0 });
  if (!lease) throw new Error('no job to lease');
  return lease;
}

const nobody = 'S S S S S S S S S';
const noHash = '0'.repeat(64);
const bytes: Init = { method: 'POST', body: 'bytes' };

/** An upload of the persona's own; for one who may have none, an id of nothing. */
async function begun(ask: Ask, sizeBytes = 5): Promise<string> {
  const response = await ask('/api/uploads', post({ sizeBytes }));
  return response.ok ? ((await response.json()) as { id: string }).id : randomUUID();
}

export const plainRows: Record<string, PlainRow> = {
  'POST /api/blobs': [writers, (ask) => ask('/api/blobs', { method: 'POST', body: 'bytes of mine' })],
  'POST /api/uploads': [writers, (ask) => ask('/api/uploads', post({ sizeBytes: 5 }))],
  'GET /api/uploads/:id': [writers, async (ask) => ask(`/api/uploads/${await begun(ask)}`)],
  'PUT /api/uploads/:id/parts/:number': [
    writers,
    async (ask) => ask(`/api/uploads/${await begun(ask)}/parts/1`, { method: 'PUT', body: 'bytes' }),
  ],
  'POST /api/uploads/:id/complete': [
    writers,
    async (ask) => ask(`/api/uploads/${await begun(ask, 0)}/complete`, { method: 'POST' }),
  ],
  'DELETE /api/uploads/:id': [
    writers,
    async (ask) => ask(`/api/uploads/${await begun(ask)}`, { method: 'DELETE' }),
  ],
  // These want a token of their own, for one repository: see blobs/xet/xet.test.ts for who gets what with it.
  'GET /xet/v1/chunks/:prefix/:hash': [nobody, (ask) => ask(`/xet/v1/chunks/default/${noHash}`)],
  'POST /xet/v1/chunks/known': [nobody, (ask) => ask('/xet/v1/chunks/known', bytes)],
  'POST /xet/v1/xorbs/:prefix/:hash': [nobody, (ask) => ask(`/xet/v1/xorbs/default/${noHash}`, bytes)],
  'POST /xet/v1/shards': [nobody, (ask) => ask('/xet/v1/shards', bytes)],
  'POST /xet/v2/shards': [nobody, (ask) => ask('/xet/v2/shards', bytes)],
  'GET /api/files/:kind/:namespace/:name/:revision/*': [
    readers,
    (ask, { dataset }) => ask(`/api/files/dataset/${dataset}/main/README.md`),
  ],
  'GET /api/datasets/:namespace/:name/croissant': [
    readers,
    (ask, { dataset }) => ask(`/api/datasets/${dataset}/croissant`),
  ],
  'GET /api/export/:kind/:namespace/:name/*': [
    readers,
    (ask, { dataset }) => ask(`/api/export/dataset/${dataset}/main.zip?format=ro-crate`),
  ],
  // The signature is the right: see secrecy.test.ts for those that are wrong.
  'GET /api/blobs/:sha256': [
    everybody,
    async (ask, world) => {
      const { payload } = await leased(world, 'prepare');
      const [file] = payload.kind === 'prepare' ? payload.dataset.files : [];
      return ask(file?.url ?? '');
    },
  ],
  'PUT /api/jobs/:id/blobs/:sha256': [
    holders,
    async (ask, world) => {
      const { id, leaseToken } = await leased(world, 'prepare');
      return ask(`/api/jobs/${id}/blobs/${sha256('out')}`, {
        method: 'PUT',
        headers: { 'x-lease-token': leaseToken },
        body: 'out',
      });
    },
  ],
  'GET /api/jobs/:id/tunnel': [
    holders,
    async (_ask, world, token) => {
      const { id, leaseToken, payload } = await leased(world, 'serve');
      const name = payload.kind === 'serve' ? payload.deployment : '';
      return dial(world, `/api/jobs/${id}/tunnel`, { token: token ?? 'none', leaseToken }, name);
    },
  ],

  'GET /v1/models': [
    readers,
    async (ask, { deployment }) => {
      const response = await ask('/v1/models');
      const named = !response.ok || (await response.clone().text()).includes(`"${deployment}"`);
      return named ? response : 'F';
    },
  ],
  'GET /v1/models/*': [readers, (ask, { deployment }) => ask(`/v1/models/${deployment}`)],
  'POST /v1/chat/completions': [
    readers,
    (ask, { deployment: model }) =>
      ask('/v1/chat/completions', post({ model, messages: [{ role: 'user', content: 'hi' }] })),
  ],
  'POST /v1/completions': [
    readers,
    (ask, { deployment: model }) => ask('/v1/completions', post({ model, prompt: 'hi' })),
  ],

  'GET /v2': open('/v2'),
  'GET /v2/health/live': open('/v2/health/live'),
  'GET /v2/health/ready': open('/v2/health/ready'),
  'GET /v2/models/:model': served(''),
  'GET /v2/models/:model/ready': served('/ready'),
  'POST /v2/models/:model/infer': served('/infer', post(tensors)),
  'GET /v2/models/:model/versions/:version': served('/versions/1'),
  'GET /v2/models/:model/versions/:version/ready': served('/versions/1/ready'),
  'POST /v2/models/:model/versions/:version/infer': served('/versions/1/infer', post(tensors)),

  ...huggingFaceRows,

  'GET /datasets-server/is-valid': viewed('is-valid'),
  'GET /datasets-server/splits': viewed('splits'),
  'GET /datasets-server/first-rows': viewed('first-rows'),
  'GET /datasets-server/rows': viewed('rows'),
  'GET /datasets-server/search': viewed('search', '&query=x'),
  'GET /datasets-server/filter': viewed('filter', '&where=x'),
  'GET /datasets-server/statistics': viewed('statistics'),
  'GET /datasets-server/parquet': viewed('parquet'),
  'GET /datasets-server/size': viewed('size'),
  'GET /datasets-server/info': viewed('info'),

  'GET /metrics': open('/metrics'),
  'GET /healthz': open('/healthz'),
  'GET /openapi.json': open('/openapi.json'),
  'GET /docs': open('/docs'),
  'GET /docs/reference': open('/docs/reference'),
  'GET /docs/reference/': open('/docs/reference/'),
  'GET /docs/reference/js/scalar.js': open('/docs/reference/js/scalar.js'),
};

/** Says hello on a tunnel. Answers as a row does: by what the hub closes with, or that the deployment is ready. */
async function dial(
  { url, owner }: World,
  address: string,
  hello: { token: string; leaseToken: string },
  deployment: string,
): Promise<string> {
  const socket = new WebSocket(url.replace('http', 'ws') + address);
  await once(socket, 'open');
  const closed = once(socket, 'close').then(([, reason]) => String(reason));
  const model = { manifest: { task: 'generation' }, metadata: {} };
  socket.send(JSON.stringify({ type: 'hello', ...hello, model }));
  const ready = (async () => {
    for (;;) {
      const { state } = await owner.api.deployments.get({ name: deployment });
      if (state === 'ready') return '.';
      await new Promise((resolve) => setTimeout(resolve, 20));
      if (socket.readyState !== WebSocket.OPEN) return closed;
    }
  })();
  const outcome = await Promise.race([ready, closed]);
  socket.close();
  await closed;
  if (outcome.startsWith('This lease is over')) return 'L';
  if (outcome.startsWith('This token is for reading')) return 'A';
  return outcome.startsWith('This hub does not know that token') ? 'S' : outcome;
}
