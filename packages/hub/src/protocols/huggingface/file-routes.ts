import type { FastifyInstance, FastifyRequest } from 'fastify';
import { bodyOf } from '../../blobs/input.ts';
import { sendBlob } from '../../blobs/send.ts';
import { busy } from '../../busy.ts';
import type { Services } from '../../context.ts';
import { askAccess } from './access-requests.ts';
import { type Address, atOf, open } from './addresses.ts';
import { acceptJson } from './bodies.ts';
import type { Handle } from './call.ts';
import { receiveCommit } from './commit.ts';
import { sendFile, sendRaw } from './files.ts';
import { answerBatch, completeParts, putObject, putUploadPart, signedObject, verifyObject } from './lfs.ts';

/** Models live at the root, datasets below `/datasets`. */
const places = [
  { prefix: '', type: 'models' },
  { prefix: '/datasets', type: 'datasets' },
];

/** Where the bytes are: downloads, Git LFS, and commits, whose bodies are streams. */
export async function registerFiles(app: FastifyInstance, services: Services, handle: Handle): Promise<void> {
  for (const { prefix, type } of places) {
    const address = (request: FastifyRequest): Address => {
      const params = request.params as Omit<Address, 'type'>;
      return { ...params, type, name: params.name.replace(/\.git$/, '') };
    };
    const one = `${prefix}/:namespace/:name`;
    for (const [method, send] of [
      ['resolve', sendFile],
      ['raw', sendRaw],
    ] as const)
      app.get(
        `${one}/${method}/*`,
        busy,
        handle(({ ctx, request, reply }) => send(ctx, request, reply, address(request))),
      );

    await app.register(async (json) => {
      acceptJson(json);
      json.post(
        `${one}/info/lfs/objects/batch`,
        handle(async ({ ctx, request, reply }) => {
          const at = atOf(address(request));
          const access = await open(ctx, address(request), 'read');
          reply.type('application/vnd.git-lfs+json');
          return JSON.stringify(await answerBatch(ctx, at, access, request.body));
        }),
      );
      json.post(
        `${one}/info/lfs/objects/verify`,
        handle(async ({ ctx, request }) => {
          await open(ctx, address(request), 'read');
          await verifyObject(ctx, request.body);
          return {};
        }),
      );
      json.post(
        `${one}/ask-access`,
        handle(async ({ ctx, request, reply }) => {
          await askAccess(ctx, address(request), request.body);
          return reply.status(204).send();
        }),
      );
    });
  }

  await app.register(async (scope) => {
    acceptJson(scope);
    scope.post<{ Params: { id: string } }>('/api/lfs/uploads/:id', (request) =>
      completeParts(services, request.url, request.params.id, request.body),
    );
  });

  await app.register(async (bytes) => {
    bytes.removeAllContentTypeParsers();
    bytes.addContentTypeParser('*', (_request, payload, done) => done(null, payload));
    bytes.put<{ Params: { oid: string } }>('/api/lfs/objects/:oid', busy, async (request, reply) => {
      await putObject(services, request.url, request.params.oid, bodyOf(request));
      return reply.header('etag', `"${request.params.oid}"`).status(200).send();
    });
    bytes.put<{ Params: { id: string; number: string } }>(
      '/api/lfs/uploads/:id/:number',
      busy,
      async (request, reply) => {
        const { id, number } = request.params;
        await putUploadPart(services, request.url, { id, number: Number(number) }, bodyOf(request));
        return reply.header('etag', `"${id}-${number}"`).status(200).send();
      },
    );
    bytes.get<{ Params: { oid: string } }>('/api/lfs/objects/:oid', busy, async (request, reply) => {
      const { oid } = request.params;
      const { sizeBytes } = await signedObject(services, request.url);
      return sendBlob(services, request, reply, { sha256: oid, sizeBytes, path: oid });
    });
    bytes.post(
      '/api/:type/:namespace/:name/commit/*',
      handle(({ ctx, request }) =>
        receiveCommit(ctx, request.params as Address, request.query, bodyOf(request)),
      ),
    );
  });
}
