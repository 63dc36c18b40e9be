import { Readable } from 'node:stream';
import { HubError } from '@banyan/contract';
import { maxKnownChunks, maxShardBytes, maxXorbBodyBytes } from '@banyan/contract/xet';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { busy } from '../../busy.ts';
import type { Services } from '../../context.ts';
import { loggable } from '../../failures.ts';
import { bodyOf, readInput } from '../input.ts';
import { placesOf, shardAround } from './known.ts';
import { type Progress, readShard, registerFiles } from './shards.ts';
import { xetAccess } from './tokens.ts';
import { takeXorb } from './xorbs.ts';

const xetHash = z.string().regex(/^[0-9a-f]{64}$/, 'a hash of 64 hexadecimal digits');
const withHash = z.object({ hash: xetHash, prefix: z.string().max(64).optional() });

/** A client that waits for its shard hears every few seconds that it is being worked on. */
const reportEveryMs = 5000;

/**
 * Xet, as Hugging Face's clients upload by it: xorbs of chunks, then shards that say which files they make. Downloads are
 * plain HTTP. Each request carries a token of tokens.ts.
 */
export async function registerXet(app: FastifyInstance, services: Services): Promise<void> {
  const access = (request: FastifyRequest) => xetAccess(services, request.headers.authorization, 'write');
  await app.register(async (scope) => {
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser('*', (_request, payload, done) => done(null, payload));

    scope.get('/xet/v1/chunks/:prefix/:hash', busy, async (request, reply) => {
      const shard = await shardAround(
        services,
        await access(request),
        readInput(withHash, request.params).hash,
      );
      return reply.type('application/octet-stream').send(Buffer.from(shard));
    });

    scope.post('/xet/v1/chunks/known', busy, async (request, reply) => {
      const asks = await access(request);
      const answer = await placesOf(services, asks, await bytesOf(request, maxKnownChunks * 32));
      return reply.type('application/octet-stream').send(answer);
    });

    scope.post('/xet/v1/xorbs/:prefix/:hash', busy, async (request, _reply) => {
      const { person } = await access(request);
      const { hash } = readInput(withHash, request.params);
      refuseLonger(request, maxXorbBodyBytes);
      await takeXorb(services, person.id, hash, bodyOf(request));
      // Whether others had it is nobody's business.
      return { was_inserted: true };
    });

    scope.post('/xet/v1/shards', async (request, reply) => {
      const asks = await access(request);
      const files = readShard(await bytesOf(request, maxShardBytes));
      await registerFiles(services, asks, files, { signal: closing(reply) });
      return { result: 1 };
    });

    scope.post('/xet/v2/shards', async (request, reply) => {
      const asks = await access(request);
      const files = readShard(await bytesOf(request, maxShardBytes));
      const state: Progress = { verified: 0, total: files.length };
      const end = endOf(
        services,
        registerFiles(services, asks, files, {
          signal: closing(reply),
          progress: (progress) => Object.assign(state, progress),
        }),
      );
      return reply.type('application/x-ndjson').send(Readable.from(report(end, state)));
    });
  });
}

const line = (value: object): string => `${JSON.stringify(value)}\n`;

/** How the work ends, as a line of the report: also of one that nobody reads, because the client has left. */
async function endOf(services: Services, work: Promise<void>): Promise<object> {
  try {
    await work;
    return { type: 'result' };
  } catch (error) {
    const known = error instanceof HubError;
    if (!known) services.log.error({ error: loggable(error) }, 'a shard could not be registered');
    return {
      type: 'error',
      message: known ? error.message : 'The hub failed. Its log has the details.',
      retryable: !known || error.status >= 500,
    };
  }
}

/** Lines of JSON while the work goes on, and its end, which is success or failure of the whole. */
async function* report(end: Promise<object>, state: Progress): AsyncGenerator<string> {
  for (;;) {
    const timer = new AbortController();
    const tick = new Promise<undefined>((resolve) => {
      const timeout = setTimeout(() => resolve(undefined), reportEveryMs);
      timer.signal.addEventListener('abort', () => clearTimeout(timeout));
    });
    const ended = await Promise.race([end, tick]);
    timer.abort();
    if (ended) return yield line(ended);
    yield line({ type: 'validating', ...state });
  }
}

/** Aborts when the client leaves before it was answered. */
function closing(reply: FastifyReply): AbortSignal {
  const left = new AbortController();
  reply.raw.once('close', () => {
    if (!reply.raw.writableFinished) left.abort(new HubError('UNAVAILABLE', 'The client left.'));
  });
  return left.signal;
}

function refuseLonger(request: FastifyRequest, maxBytes: number): void {
  if (Number(request.headers['content-length'] ?? 0) > maxBytes) throw tooLong(maxBytes);
}

/** A body that must be in memory as a whole. */
async function bytesOf(request: FastifyRequest, maxBytes: number): Promise<Buffer> {
  refuseLonger(request, maxBytes);
  const pieces: Buffer[] = [];
  let sizeBytes = 0;
  for await (const piece of bodyOf(request)) {
    pieces.push(piece as Buffer);
    sizeBytes += (piece as Buffer).length;
    if (sizeBytes > maxBytes) throw tooLong(maxBytes);
  }
  return Buffer.concat(pieces);
}

const tooLong = (maxBytes: number): HubError =>
  new HubError('TOO_LARGE', `This is larger than the ${maxBytes} bytes that are allowed here.`);
