import { Readable } from 'node:stream';
import { HubError } from '@banyan/contract';
import type { FastifyRequest } from 'fastify';
import type { z } from 'zod';

/**
 * The bytes of a request. Whoever stops reading half-way, because they will not do, leaves the request open, so that the
 * client hears why; a stream that is destroyed would take the connection with it.
 */
export function bodyOf(request: FastifyRequest): Readable {
  // An empty body is no stream to Fastify; it is one of no bytes to us.
  const body = (request.body as Readable | undefined) ?? request.raw;
  return Readable.from(piecesOf(body), { objectMode: false, highWaterMark: 1 << 20 });
}

async function* piecesOf(body: Readable): AsyncGenerator<Buffer> {
  for await (const piece of body.iterator({ destroyOnReturn: false })) yield piece as Buffer;
}

/** What a plain route was given, as its schema has it. Throws BAD_INPUT that names the field. */
export function readInput<T>(schema: z.ZodType<T>, value: unknown, field?: string): T {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const name = field ?? issue?.path.map(String).join('.') ?? '';
  throw new HubError('BAD_INPUT', `${name === '*' ? 'path' : name}: ${issue?.message ?? 'not valid'}`, {
    field: name,
  });
}
