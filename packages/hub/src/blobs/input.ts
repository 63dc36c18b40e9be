import type { Readable } from 'node:stream';
import { HubError } from '@banyan/contract';
import type { FastifyRequest } from 'fastify';
import type { z } from 'zod';
import { RequestBody } from './request-body.ts';

/** The bytes of a request whose body no parser has read; none if it has no body. */
export const bodyOf = (request: FastifyRequest): Readable => new RequestBody(request.raw);

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
