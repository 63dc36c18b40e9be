import type { RepositoryKind } from '@banyan/contract';
import type { FastifyInstance } from 'fastify';
import { like, unlike } from '../../likes/likes.ts';
import { atOf, open } from './addresses.ts';
import { addressOf, type Handle, sendPage } from './call.ts';
import { duplicate } from './duplicate.ts';
import { readCommits } from './history.ts';
import { readInfo } from './info.ts';
import { deleteLfsFiles, readLfsFiles } from './lfs-files.ts';
import { readLikers } from './likes.ts';
import { readFolder, readPaths } from './listings.ts';
import { listOf, tagsByType } from './lists.ts';
import { answerPreupload } from './preupload.ts';
import { addBranch, addTag, dropBranch, dropTag, listRefs, squash } from './references.ts';
import { changeSettings, create, move, remove } from './repositories.ts';
import { validateCard } from './validate.ts';
import { xetToken } from './xet-tokens.ts';

const one = '/api/:type/:namespace/:name';

/** Repositories, their versions and what leads up to a commit. */
export function registerRepositories(app: FastifyInstance, handle: Handle): void {
  app.post(
    '/api/repos/create',
    handle(async ({ ctx, request, reply }) => {
      const { status, answer } = await create(ctx, request.body);
      return reply.status(status).send(answer);
    }),
  );
  app.delete(
    '/api/repos/delete',
    handle(async ({ ctx, request }) => {
      await remove(ctx, request.body);
      return {};
    }),
  );
  app.post(
    '/api/repos/move',
    handle(async ({ ctx, request }) => {
      await move(ctx, request.body);
      return {};
    }),
  );
  app.post(
    `${one}/duplicate`,
    handle(async (call) => {
      const { status, answer } = await duplicate(call.ctx, addressOf(call), call.request.body);
      return call.reply.status(status).send(answer);
    }),
  );
  for (const [method, act] of [
    ['POST', like],
    ['DELETE', unlike],
  ] as const)
    app.route({
      method,
      url: `${one}/like`,
      handler: handle(async (call) => {
        await act(call.ctx, atOf(addressOf(call)));
        return {};
      }),
    });
  app.get(
    `${one}/likers`,
    handle(async (call) => sendPage(call, await readLikers(call.ctx, addressOf(call), call.request.query))),
  );
  app.put(
    `${one}/settings`,
    handle((call) => changeSettings(call.ctx, addressOf(call), call.request.body)),
  );

  for (const kind of ['model', 'dataset'] satisfies RepositoryKind[]) {
    app.get(
      `/api/${kind}s`,
      handle(async (call) => sendPage(call, await listOf(call.ctx, kind, call.request.query))),
    );
    app.get(
      `/api/${kind}s-tags-by-type`,
      handle(({ ctx }) => tagsByType(ctx, kind)),
    );
  }
  app.get(
    '/api/spaces',
    handle(async ({ ctx }) => (await listOf(ctx, 'model', { limit: 1 })).items.slice(0, 0)),
  );
  app.post(
    '/api/validate-yaml',
    handle(async ({ request, reply }) => {
      const { status, answer } = validateCard(request.body);
      return reply.status(status).send(answer);
    }),
  );

  const info = handle((call) => readInfo(call.ctx, addressOf(call), call.request.query));
  app.get(one, info);
  app.get(`${one}/revision/*`, info);
  app.get(
    `${one}/auth-check`,
    handle(async (call) => {
      await open(call.ctx, addressOf(call), 'read');
      return {};
    }),
  );
  app.get(
    `${one}/auth-check/write`,
    handle(async (call) => {
      await open(call.ctx, addressOf(call), 'write');
      return {};
    }),
  );
  app.get(
    `${one}/tree/*`,
    handle(async (call) => sendPage(call, await readFolder(call.ctx, addressOf(call), call.request.query))),
  );
  app.post(
    `${one}/paths-info/*`,
    handle((call) => readPaths(call.ctx, addressOf(call), call.request.body)),
  );
  app.get(
    `${one}/lfs-files`,
    handle(async (call) => sendPage(call, await readLfsFiles(call.ctx, addressOf(call), call.request.query))),
  );
  app.post(
    `${one}/lfs-files/batch`,
    handle((call) => deleteLfsFiles(call.ctx, addressOf(call), call.request.body)),
  );
  app.get(
    `${one}/commits/*`,
    handle(async (call) => {
      const page = await readCommits(call.ctx, addressOf(call), call.request.query);
      call.reply.header('x-total-count', page.total);
      return sendPage(call, page);
    }),
  );

  app.get(
    `${one}/refs`,
    handle((call) => listRefs(call.ctx, addressOf(call), call.request.query)),
  );
  app.post(
    `${one}/branch/*`,
    handle((call) => addBranch(call.ctx, addressOf(call), call.request.body)),
  );
  app.delete(
    `${one}/branch/*`,
    handle((call) => dropBranch(call.ctx, addressOf(call))),
  );
  app.post(
    `${one}/tag/*`,
    handle((call) => addTag(call.ctx, addressOf(call), call.request.body)),
  );
  app.delete(
    `${one}/tag/*`,
    handle((call) => dropTag(call.ctx, addressOf(call))),
  );
  app.post(
    `${one}/super-squash/*`,
    handle((call) => squash(call.ctx, addressOf(call), call.request.body)),
  );

  app.post(
    `${one}/preupload/*`,
    handle((call) => answerPreupload(call.ctx, addressOf(call), call.request.query, call.request.body)),
  );
  for (const use of ['read', 'write'] as const)
    app.get(
      `${one}/xet-${use}-token/*`,
      handle((call) => xetToken(call.ctx, addressOf(call), call.request.query, use)),
    );

  // Names of one part, as the oldest models on huggingface.co have: none of them is here.
  const none = handle(async (call) => {
    const { type = 'models', name = '' } = call.request.params as { type?: string; name?: string };
    await open(call.ctx, { type, namespace: '', name }, 'see');
  });
  app.get('/api/:type/:name', none);
  app.get('/:name/resolve/*', none);
}
