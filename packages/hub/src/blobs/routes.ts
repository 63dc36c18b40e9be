import { filePath, HubError, repositoryKind, repositoryName, revision, sha256, slug } from '@banyan/contract';
import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { busy } from '../busy.ts';
import type { Services } from '../context.ts';
import { contextOf } from '../http.ts';
import { requireGiven } from '../jobs/given.ts';
import { uploadOutput } from '../jobs/leased.ts';
import { signedIn } from '../policy.ts';
import { findFile } from '../repositories/reading.ts';
import { sizesOf, upload } from './blobs.ts';
import { bodyOf, readInput } from './input.ts';
import { sendBlob } from './send.ts';

/** Bytes travel on plain routes, as streams: a file of any size never sits in memory. */
export async function registerBlobs(app: FastifyInstance, services: Services): Promise<void> {
  await app.register(async (scope) => {
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser('*', (_request, payload, done) => done(null, payload));

    scope.post('/api/blobs', busy, async (request, reply) => {
      const ctx = await contextOf(services, request, reply);
      const { id } = signedIn(ctx, 'write');
      const header = request.headers['content-sha256'];
      const expected = header === undefined ? undefined : readInput(sha256, header, 'content-sha256');
      return upload(ctx, id, bodyOf(request), expected);
    });

    scope.get('/api/files/:kind/:namespace/:name/:revision/*', busy, async (request, reply) => {
      const ctx = await contextOf(services, request, reply);
      const { '*': path, ...at } = readInput(fileParams, request.params);
      const file = await findFile(ctx, { ...at, path });
      return sendBlob(services, request, reply, { ...file, path });
    });

    scope.get('/api/blobs/:sha256', busy, async (request, reply) => {
      const { sha256: hash } = readInput(z.object({ sha256 }), request.params);
      await requireGiven(services.db, { ...readInput(signedQuery, request.query), sha256: hash });
      const sizeBytes = (await sizesOf(services.db, [hash])).get(hash);
      if (sizeBytes === undefined) throw new HubError('NOT_FOUND');
      return sendBlob(services, request, reply, { sha256: hash, sizeBytes, path: hash });
    });

    scope.put('/api/jobs/:id/blobs/:sha256', busy, async (request, reply) => {
      const ctx = await contextOf(services, request, reply);
      const params = readInput(z.object({ id: z.uuid(), sha256 }), request.params);
      const leaseToken = readInput(z.string(), request.headers['x-lease-token'], 'x-lease-token');
      await uploadOutput(ctx, { ...params, leaseToken }, bodyOf(request));
      return reply.status(204).send();
    });
  });
}

const fileParams = z.object({
  kind: repositoryKind,
  namespace: slug,
  name: repositoryName,
  revision,
  '*': filePath,
});
const signedQuery = z.object({ job: z.uuid(), signature: z.string(), path: filePath.optional() });
