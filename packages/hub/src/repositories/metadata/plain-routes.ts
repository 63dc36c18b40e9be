import { Readable } from 'node:stream';
import { HubError, repositoryKind, repositoryName, revision, slug } from '@banyan/contract';
import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import type { Services } from '../../context.ts';
import { contextOf } from '../../http.ts';
import { openArchive } from './archive.ts';
import { describeDataset } from './metadata.ts';

const croissantType = 'application/ld+json; profile="http://mlcommons.org/croissant/1.1"';

/** Documents and archives that other programs fetch by address. */
export async function registerExports(app: FastifyInstance, services: Services): Promise<void> {
  app.get('/api/datasets/:namespace/:name/croissant', async (request, reply) => {
    const ctx = await contextOf(services, request, reply);
    const at = read(z.object({ namespace: slug, name: repositoryName }), request.params);
    const query = read(z.object({ revision: revision.default('main') }), request.query);
    const document = await describeDataset(ctx, { kind: 'dataset', ...at, ...query }, { local: false });
    return reply
      .header('cache-control', 'private, no-cache')
      .type(croissantType)
      .send(JSON.stringify(document));
  });

  app.get('/api/export/:kind/:namespace/:name/*', async (request, reply) => {
    const ctx = await contextOf(services, request, reply);
    const { '*': file, ...at } = read(archiveParams, request.params);
    read(z.object({ format: z.literal('ro-crate').default('ro-crate') }), request.query);
    const archive = await openArchive(ctx, { ...at, revision: read(revision, file.replace(/\.zip$/, '')) });
    return reply
      .header('cache-control', 'private, no-cache')
      .header('content-disposition', `attachment; filename="${archive.name}"`)
      .type('application/zip')
      .send(Readable.from(archive.bytes, { objectMode: false }));
  });
}

const archiveParams = z.object({
  kind: repositoryKind,
  namespace: slug,
  name: repositoryName,
  '*': z.string().max(200).endsWith('.zip', 'ends with .zip'),
});

function read<T>(schema: z.ZodType<T>, value: unknown): T {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new HubError(
    'BAD_INPUT',
    `${issue?.path.map(String).join('.') ?? ''}: ${issue?.message ?? 'not valid'}`,
  );
}
