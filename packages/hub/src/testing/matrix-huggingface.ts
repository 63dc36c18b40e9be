import type { Json } from '@banyan/contract';
import { contributors, everybody, maintainers, type PlainRow, people, readers, writers } from './matrix.ts';
import type { World } from './world.ts';

const json = (method: string, body: Json, type = 'application/json') => ({
  method,
  headers: { 'content-type': type },
  body: JSON.stringify(body),
});
const post = (body: Json) => json('POST', body);
const lfs = (body: Json) => json('POST', body, 'application/vnd.git-lfs+json');

let made = 0;
const fresh = (name: string): string => `${name}-${++made}`;

/** Of the private dataset, with what follows its address. */
const on = (expected: string, rest: string, init?: ReturnType<typeof json>): PlainRow => [
  expected,
  (ask, { dataset }) => ask(`/api/datasets/${dataset}${rest}`, init),
];
const at = (expected: string, address: string, init?: ReturnType<typeof json>): PlainRow => [
  expected,
  (ask) => ask(address, init),
];
/** One route below the model's own address, and the same below the dataset's. */
const both = (
  method: string,
  rest: string,
  [expected, address, init]: [string, string, ReturnType<typeof json>?],
) =>
  ['', '/datasets'].map((prefix): [string, PlainRow] => [
    `${method} ${prefix}/:namespace/:name${rest}`,
    [
      expected,
      (ask, { dataset, model }: World) => ask(`${prefix}/${prefix === '' ? model : dataset}${address}`, init),
    ],
  ]);

const one = '/api/:type/:namespace/:name';
/** Of a discussion that the owner opened. */
const talk = (expected: string, rest: string, body?: Json): PlainRow => [
  expected,
  async (ask, world) => {
    const { number } = await opened(world);
    return ask(
      `/api/datasets/${world.dataset}/discussions/${number}${rest}`,
      body === undefined ? {} : post(body),
    );
  },
];
/** Of what the owner said in it. */
const said = (expected: string, deed: string, body: Json): PlainRow => [
  expected,
  async (ask, world) => {
    const { number, comment } = await opened(world);
    return ask(`/api/datasets/${world.dataset}/discussions/${number}/comment/${comment}/${deed}`, post(body));
  },
];
async function opened({ owner, dataset }: World): Promise<{ number: number; comment: string }> {
  const [namespace = '', name = ''] = dataset.split('/');
  const at = { kind: 'dataset' as const, namespace, name };
  const { number } = await owner.api.discussions.open({ ...at, title: 'Why?', markdown: 'Because.' });
  const { events } = await owner.api.discussions.get({ ...at, number });
  return { number, comment: events[0]?.id ?? '' };
}
/** Done by the owner beforehand. */
async function named({ url, owner, dataset }: World, rest: string, body: Json): Promise<void> {
  const init = post(body);
  const headers = { ...init.headers, authorization: `Bearer ${owner.token}` };
  const response = await fetch(`${url}/api/datasets/${dataset}/${rest}`, { ...init, headers });
  if (!response.ok) throw new Error(await response.text());
}
const commitLines = (path: string) => ({
  method: 'POST',
  headers: { 'content-type': 'application/x-ndjson' },
  body: [
    { key: 'header', value: { summary: 'test' } },
    { key: 'file', value: { path, content: 'dGVzdA==' } },
  ]
    .map((line) => JSON.stringify(line))
    .join('\n'),
});

/** Past the right to read there is nothing to be found, or nothing to be done. */
const readersFindNothing = 'S F F F F F F A F';
const writersWhoRead = ' S F . . . . A A F';
const writersFindNothing = 'S F F F F F A A F';
const nobodyGated = ' S F A A b b A A F';
/** Nobody has such an address: it is not signed. */
const unsigned = 'A A A A A A A A A';

/** The routes of Hugging Face's protocol; model and dataset of the world are private to their project. */
export const huggingFaceRows: Record<string, PlainRow> = {
  'GET /api/whoami-v2': at(people, '/api/whoami-v2'),
  'GET /api/users/:slug/overview': at(people, '/api/users/olga/overview'),
  'GET /api/users/:slug/likes': at(people, '/api/users/olga/likes'),
  'GET /api/organizations/:slug/overview': at(readers, '/api/organizations/flora/overview'),
  'GET /api/organizations/:slug/members': at(readers, '/api/organizations/flora/members'),

  'POST /api/repos/create': [
    writers,
    (ask) => ask('/api/repos/create', post({ name: fresh('made'), type: 'model' })),
  ],
  'DELETE /api/repos/delete': [
    maintainers,
    async (ask, { owner, project }) => {
      const name = fresh('gone');
      await owner.api.repositories.create({ kind: 'dataset', namespace: project, name });
      return ask('/api/repos/delete', json('DELETE', { name, organization: project, type: 'dataset' }));
    },
  ],
  'POST /api/repos/move': [
    maintainers,
    async (ask, { owner, project }) => {
      const name = fresh('old');
      await owner.api.repositories.create({ kind: 'dataset', namespace: project, name });
      const names = { fromRepo: `${project}/${name}`, toRepo: `${project}/${name}-moved`, type: 'dataset' };
      return ask('/api/repos/move', post(names));
    },
  ],
  'GET /api/models': at(people, '/api/models'),
  'GET /api/datasets': at(people, '/api/datasets'),
  'GET /api/spaces': at(people, '/api/spaces'),
  'GET /api/models-tags-by-type': at(people, '/api/models-tags-by-type'),
  'GET /api/datasets-tags-by-type': at(people, '/api/datasets-tags-by-type'),
  'POST /api/validate-yaml': at(everybody, '/api/validate-yaml', post({ content: '' })),

  'GET /api/:type/:name': at(readersFindNothing, '/api/models/gpt2'),
  'GET /:name/resolve/*': at(readersFindNothing, '/gpt2/resolve/main/config.json'),
  [`GET ${one}`]: on(readers, ''),
  [`GET ${one}/revision/*`]: on(readers, '/revision/main'),
  [`GET ${one}/auth-check`]: on(readers, '/auth-check'),
  [`GET ${one}/auth-check/write`]: on(contributors, '/auth-check/write'),
  [`GET ${one}/tree/*`]: on(readers, '/tree/main'),
  [`POST ${one}/paths-info/*`]: on(readers, '/paths-info/main', post({ paths: ['README.md'] })),
  [`GET ${one}/lfs-files`]: on(readers, '/lfs-files'),
  // Whoever may, finds no such file.
  [`POST ${one}/lfs-files/batch`]: on(
    'S F A A F F A A F',
    '/lfs-files/batch',
    post({ deletions: { sha: ['0'.repeat(64)], rewriteHistory: true } }),
  ),
  [`GET ${one}/commits/*`]: on(readers, '/commits/main'),
  [`GET ${one}/refs`]: on(readers, '/refs'),
  [`POST ${one}/branch/*`]: [
    contributors,
    (ask, { dataset }) => ask(`/api/datasets/${dataset}/branch/${fresh('branch')}`, post({})),
  ],
  [`DELETE ${one}/branch/*`]: [
    contributors,
    async (ask, world) => {
      const { dataset } = world;
      const branch = fresh('branch');
      await named(world, `branch/${branch}`, {});
      return ask(`/api/datasets/${dataset}/branch/${branch}`, { method: 'DELETE' });
    },
  ],
  [`POST ${one}/tag/*`]: [
    contributors,
    (ask, { dataset }) => ask(`/api/datasets/${dataset}/tag/main`, post({ tag: fresh('tag') })),
  ],
  [`DELETE ${one}/tag/*`]: [
    maintainers,
    async (ask, world) => {
      const { dataset } = world;
      const tag = fresh('tag');
      await named(world, 'tag/main', { tag });
      return ask(`/api/datasets/${dataset}/tag/${tag}`, { method: 'DELETE' });
    },
  ],
  [`POST ${one}/super-squash/*`]: [
    maintainers,
    async (ask, world) => {
      const { dataset } = world;
      const branch = fresh('branch');
      await named(world, `branch/${branch}`, {});
      return ask(`/api/datasets/${dataset}/super-squash/${branch}`, post({}));
    },
  ],
  // Who may read a private dataset may not take it elsewhere: only its maintainers may.
  [`POST ${one}/duplicate`]: [
    maintainers,
    (ask, { dataset, project }) =>
      ask(`/api/datasets/${dataset}/duplicate`, post({ repository: `${project}/${fresh('copy')}` })),
  ],
  [`POST ${one}/like`]: on(writersWhoRead, '/like', post({})),
  [`DELETE ${one}/like`]: on(writersWhoRead, '/like', json('DELETE', {})),
  [`GET ${one}/likers`]: on(readers, '/likers'),
  [`PUT ${one}/settings`]: on(maintainers, '/settings', json('PUT', { private: true })),
  [`POST ${one}/preupload/*`]: on(contributors, '/preupload/main', post({ files: [] })),
  [`GET ${one}/xet-read-token/*`]: on(readers, '/xet-read-token/main'),
  [`GET ${one}/xet-write-token/*`]: on(contributors, '/xet-write-token/main'),
  [`POST ${one}/commit/*`]: [
    contributors,
    (ask, { dataset }) => ask(`/api/datasets/${dataset}/commit/main`, commitLines(fresh('file'))),
  ],
  [`GET ${one}/user-access-request/:status`]: on(nobodyGated, '/user-access-request/pending'),
  [`POST ${one}/user-access-request/handle`]: on(
    nobodyGated,
    '/user-access-request/handle',
    post({ user: 'otto', status: 'accepted' }),
  ),
  [`POST ${one}/user-access-request/grant`]: on(
    nobodyGated,
    '/user-access-request/grant',
    post({ user: 'otto' }),
  ),

  [`GET ${one}/discussions`]: on(readers, '/discussions'),
  [`POST ${one}/discussions`]: on(writersWhoRead, '/discussions', post({ title: 'Why?' })),
  [`GET ${one}/discussions/:number`]: talk(readers, ''),
  [`POST ${one}/discussions/:number/comment`]: talk(writersWhoRead, '/comment', { comment: 'So.' }),
  [`POST ${one}/discussions/:number/title`]: talk(contributors, '/title', { title: 'What?' }),
  [`POST ${one}/discussions/:number/status`]: talk(contributors, '/status', { status: 'closed' }),
  [`POST ${one}/discussions/:number/merge`]: talk('S F A b b b A A F', '/merge', {}),
  [`POST ${one}/discussions/:number/comment/:comment/edit`]: said('S F A A A . A A F', 'edit', {
    content: 'Else.',
  }),
  [`POST ${one}/discussions/:number/comment/:comment/hide`]: said(contributors, 'hide', {}),

  ...Object.fromEntries([
    ...both('GET', '/resolve/*', [readers, '/resolve/main/README.md']),
    ...both('GET', '/raw/*', [readers, '/raw/main/README.md']),
    ...both('POST', '/info/lfs/objects/batch', [
      readers,
      '/info/lfs/objects/batch',
      lfs({ operation: 'download', objects: [] }),
    ]),
    ...both('POST', '/info/lfs/objects/verify', [
      writersFindNothing,
      '/info/lfs/objects/verify',
      lfs({ oid: '0'.repeat(64), size: 1 }),
    ]),
  ]),
  ...Object.fromEntries([
    ...both('GET', '/info/refs', [readers, '/info/refs?service=git-upload-pack']),
    ...both('POST', '/git-upload-pack', [
      readers,
      '/git-upload-pack',
      {
        method: 'POST',
        headers: { 'content-type': 'application/x-git-upload-pack-request' },
        body: '0014command=ls-refs\n00010000',
      },
    ]),
  ]),
  'POST /:namespace/:name/ask-access': [
    writers,
    async (ask, { owner, project }) => {
      const name = fresh('gated');
      await owner.api.repositories.create({ kind: 'model', namespace: project, name, visibility: 'gated' });
      return ask(`/${project}/${name}/ask-access`, post({}));
    },
  ],
  'POST /datasets/:namespace/:name/ask-access': [
    writers,
    async (ask, { owner, project }) => {
      const name = fresh('gated');
      await owner.api.repositories.create({ kind: 'dataset', namespace: project, name, visibility: 'gated' });
      return ask(`/datasets/${project}/${name}/ask-access`, post({}));
    },
  ],
  'GET /api/lfs/objects/:oid': at(unsigned, `/api/lfs/objects/${'0'.repeat(64)}`),
  'PUT /api/lfs/objects/:oid': at(unsigned, `/api/lfs/objects/${'0'.repeat(64)}`, json('PUT', {})),
  'PUT /api/lfs/uploads/:id/:number': at(unsigned, '/api/lfs/uploads/none/1', json('PUT', {})),
  'POST /api/lfs/uploads/:id': at(unsigned, '/api/lfs/uploads/none', lfs({})),
};
