import { HubError, sha256 } from '@banyan/contract';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { busy } from '../../busy.ts';
import type { Services } from '../../context.ts';
import { contextOf } from '../../http.ts';
import { signedIn } from '../../policy.ts';
import { maxBlobBytes } from '../blobs.ts';
import { bodyOf, readInput } from '../input.ts';
import { completeUpload } from './complete.ts';
import { putPart } from './parts.ts';
import {
  beginUpload,
  cancelUpload,
  findSession,
  maxPartBytes,
  minPartBytes,
  uploadState,
} from './sessions.ts';

/** Uploads in parts: they go on where they were after a cut connection, a killed client or a restarted hub. */
export async function registerUploads(app: FastifyInstance, services: Services): Promise<void> {
  const mine = async (request: FastifyRequest, reply: FastifyReply): Promise<string> => {
    const ctx = await contextOf(services, request, reply);
    const me = signedIn(ctx, 'write');
    const { id } = readInput(withId, request.params);
    const session = await findSession(ctx, id);
    if (session.uploader !== me.id) throw new HubError('NOT_FOUND', 'There is no such upload.');
    return id;
  };

  app.post('/api/uploads', async (request, reply) => {
    const ctx = await contextOf(services, request, reply);
    const me = signedIn(ctx, 'write');
    return beginUpload(ctx, { uploader: me.id, ...readInput(newUpload, request.body) });
  });
  app.get('/api/uploads/:id', async (request, reply) => uploadState(services, await mine(request, reply)));
  app.post('/api/uploads/:id/complete', async (request, reply) =>
    completeUpload(services, await mine(request, reply)),
  );
  app.delete('/api/uploads/:id', async (request, reply) => {
    await cancelUpload(services, await mine(request, reply));
    return reply.status(204).send();
  });
  await app.register(async (scope) => {
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser('*', (_request, payload, done) => done(null, payload));
    scope.put('/api/uploads/:id/parts/:number', busy, async (request, reply) => {
      const id = await mine(request, reply);
      const { number } = readInput(withNumber, request.params);
      const header = request.headers['content-sha256'];
      const expected = header === undefined ? undefined : readInput(sha256, header, 'content-sha256');
      await putPart(services, id, number, bodyOf(request), { sha256: expected });
      return reply.status(204).send();
    });
  });
}

const withId = z.object({ id: z.uuid() });
const withNumber = z.object({ number: z.coerce.number().int().min(1) });
const newUpload = z.object({
  sizeBytes: z.int().min(0).max(maxBlobBytes),
  sha256: sha256.optional(),
  partBytes: z.int().min(minPartBytes).max(maxPartBytes).optional(),
});
