import { Readable } from 'node:stream';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { HubError } from '@banyan/contract';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { bodyOf } from '../../blobs/input.ts';
import { busy } from '../../busy.ts';
import type { Services } from '../../context.ts';
import { asRefusal } from '../../failures.ts';
import { contextOf } from '../../http.ts';
import { passwordIsToken } from '../basic.ts';
import { type Address, open } from '../huggingface/addresses.ts';
import { flush, line } from './pkt-line.ts';
import { answerCommand, capabilities } from './upload-pack.ts';

const decompress = promisify(gunzip);
/** A request names versions that the client has: hundreds at once, never so many. */
const mostBytes = 4 << 20;
/** Packs that are made at one time: each holds the names of a version's files in memory. */
const atOnce = 4;

/** `git clone` and `git fetch` over HTTP; Git LFS's own routes are Hugging Face's. There is no `git push`. */
export async function registerGit(app: FastifyInstance, services: Services): Promise<void> {
  let packing = 0;
  await app.register(async (scope) => {
    scope.setErrorHandler((error, request, reply) => {
      const refusal = asRefusal(error, services.log.child({ request: request.id }));
      // Git asks a person for name and token when it sees this header, and shows them plain text.
      if (refusal.status === 401) reply.header('www-authenticate', 'Basic realm="banyan"');
      const { hint } = refusal.details ?? {};
      const text = hint === undefined ? refusal.message : `${refusal.message} ${hint}`;
      return reply.type('text/plain; charset=utf-8').status(refusal.status).send(`${text}\n`);
    });
    scope.addHook('onRequest', passwordIsToken);
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser('*', (_request, payload, done) => done(null, payload));

    for (const [prefix, type] of [
      ['', 'models'],
      ['/datasets', 'datasets'],
    ] as const) {
      const read = async (request: FastifyRequest, reply: FastifyReply) => {
        const ctx = await contextOf(services, request, reply);
        const params = request.params as Omit<Address, 'type'>;
        const { repository } = await open(
          ctx,
          { ...params, type, name: params.name.replace(/\.git$/, '') },
          'read',
        );
        reply.header('cache-control', 'no-store');
        return { ctx, repository };
      };
      scope.get(`${prefix}/:namespace/:name/info/refs`, async (request, reply) => {
        await read(request, reply);
        const { service } = request.query as { service?: string };
        if (service !== 'git-upload-pack' && service !== 'git-receive-pack')
          throw new HubError(
            'BAD_INPUT',
            "This hub speaks Git's smart protocol alone: use git 2.26 or newer.",
          );
        reply.type(`application/x-${service}-advertisement`);
        if (service === 'git-receive-pack')
          return refusal(service, 'This hub takes no git push. Use: hf upload, or banyan push.');
        if (!/(^|:)version=2(:|$)/.test(String(request.headers['git-protocol'])))
          return refusal(service, "This hub speaks version 2 of Git's protocol: use git 2.26 or newer.");
        return capabilities;
      });
      scope.post(`${prefix}/:namespace/:name/git-upload-pack`, busy, async (request, reply) => {
        const { ctx, repository } = await read(request, reply);
        const body = await readBody(request);
        if (packing >= atOnce)
          throw new HubError('UNAVAILABLE', 'Too many clones at this moment. Try again in a minute.');
        packing += 1;
        const over = () => {
          packing -= 1;
        };
        try {
          const answer = await answerCommand(ctx, repository, body);
          reply.type('application/x-git-upload-pack-result');
          if (answer instanceof Readable) answer.once('close', over);
          else over();
          return reply.send(answer);
        } catch (error) {
          over();
          throw error;
        }
      });
    }
  });
}

/** Git compresses what is longer than a kilobyte. */
async function readBody(request: FastifyRequest): Promise<Buffer> {
  if (Number(request.headers['content-length'] ?? 0) > mostBytes) throw new HubError('TOO_LARGE');
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of bodyOf(request)) {
    chunks.push(chunk as Buffer);
    bytes += (chunk as Buffer).length;
    if (bytes > mostBytes) throw new HubError('TOO_LARGE');
  }
  const body = Buffer.concat(chunks);
  if (request.headers['content-encoding'] !== 'gzip') return body;
  try {
    return await decompress(body, { maxOutputLength: mostBytes });
  } catch {
    throw new HubError('BAD_INPUT', `This body is not gzip, or longer than ${mostBytes} bytes.`);
  }
}

/** Said in Git's own words, so that its client shows the sentence and no more. */
const refusal = (service: string, sentence: string): Buffer =>
  Buffer.concat([line(`# service=${service}`), flush, line(`ERR ${sentence}`), flush]);
