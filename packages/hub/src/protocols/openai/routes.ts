import { randomUUID } from 'node:crypto';
import { Readable } from 'node:stream';
import { HubError, type Json } from '@banyan/contract';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Services } from '../../context.ts';
import {
  type DeploymentRow,
  findDeployment,
  generates,
  listCallable,
  stateOf,
} from '../../deployments/deployments.ts';
import { askDeployment } from '../../deployments/gateway.ts';
import { asRefusal } from '../../failures.ts';
import { contextOf } from '../../http.ts';
import { leaving } from '../leaving.ts';
import { chatShape, completionShape, endOf, errorBody, type Shape, textOf, usageOf } from './answers.ts';
import { readChat, readCompletion, type Wanted } from './requests.ts';

/**
 * OpenAI's API for the models here that continue text. A model's id is its deployment's name; its repository's
 * `namespace/name` is understood too. Any token of this hub is the key.
 */
export async function registerOpenAi(app: FastifyInstance, services: Services): Promise<void> {
  await app.register(
    async (scope) => {
      scope.setErrorHandler((error, request, reply) => {
        const refusal = asRefusal(error, services.log.child({ request: request.id }));
        if (refusal.status === 409 || refusal.code === 'INTERNAL') reply.header('x-should-retry', 'false');
        return reply.status(refusal.status).send(errorBody(refusal));
      });
      scope.setNotFoundHandler((request, reply) => {
        const message = `There is no ${request.method} ${request.url.split('?')[0]} here.`;
        return reply
          .status(404)
          .send({ error: { message, type: 'invalid_request_error', param: null, code: null } });
      });

      scope.get('/models', async (request, reply) => {
        const ctx = await contextOf(services, request, reply);
        const rows = await listCallable(ctx);
        const data = rows
          .filter((row) => generates(row.deployment.manifest) && stateOf(ctx, row) === 'ready')
          .map(presentModel);
        return { object: 'list', data };
      });
      // A wildcard, because ids hold a slash that some clients encode and others do not.
      scope.get<{ Params: { '*': string } }>('/models/*', async (request, reply) => {
        const ctx = await contextOf(services, request, reply);
        return presentModel(await findDeployment(ctx, request.params['*']));
      });
      scope.post('/chat/completions', (request, reply) =>
        answer(services, request, reply, readChat, chatShape),
      );
      scope.post('/completions', (request, reply) =>
        answer(services, request, reply, readCompletion, completionShape),
      );
    },
    { prefix: '/v1' },
  );
}

const presentModel = ({ deployment }: DeploymentRow) => ({
  id: deployment.name,
  object: 'model',
  created: Math.floor(deployment.createdAt.getTime() / 1000),
  owned_by: deployment.project,
});

async function answer(
  services: Services,
  request: FastifyRequest,
  reply: FastifyReply,
  readBody: (body: unknown) => Wanted,
  shape: Shape,
) {
  const ctx = await contextOf(services, request, reply);
  const wanted = readBody(request.body);
  const { model, options } = wanted;
  const pieces = askDeployment(ctx, model, { type: 'generate', options }, leaving(reply));
  const head = { id: `${shape.prefix}-${randomUUID()}`, created: Math.floor(Date.now() / 1000), model };
  if (!wanted.stream) {
    let text = wanted.prefix;
    for (;;) {
      const next = await pieces.next();
      if (!next.done) {
        text += textOf(next.value);
        continue;
      }
      const end = endOf(next.value);
      const choice = { index: 0, ...shape.choice(text), logprobs: null, finish_reason: end.finishReason };
      return { ...head, object: shape.whole, choices: [choice], usage: usageOf(end) };
    }
  }
  // What fails before the first piece is refused with its status, as any request; later the stream has to say it.
  const first = await pieces.next();
  return reply
    .header('content-type', 'text/event-stream; charset=utf-8')
    .header('cache-control', 'no-cache')
    .header('x-accel-buffering', 'no')
    .send(Readable.from(stream(services, pieces, first, wanted, head, shape)));
}

async function* stream(
  { log }: Services,
  pieces: AsyncGenerator<Json, Json | undefined>,
  first: IteratorResult<Json, Json | undefined>,
  wanted: Wanted,
  head: { id: string; created: number; model: string },
  shape: Shape,
): AsyncGenerator<string> {
  const usage = wanted.includeUsage ? { usage: null } : {};
  const chunk = (fields: object): string =>
    `data: ${JSON.stringify({ ...head, object: shape.piece, ...usage, ...fields })}\n\n`;
  const choice = (text: string, at: 'first' | 'middle' | 'last', finish: string | null = null): string =>
    chunk({ choices: [{ index: 0, ...shape.delta(text, at), logprobs: null, finish_reason: finish }] });
  try {
    yield choice(wanted.prefix, 'first');
    for (let next = first; ; next = await pieces.next()) {
      if (!next.done) {
        yield choice(textOf(next.value), 'middle');
        continue;
      }
      const end = endOf(next.value);
      yield choice('', 'last', end.finishReason);
      if (wanted.includeUsage) yield chunk({ choices: [], usage: usageOf(end) });
      yield 'data: [DONE]\n\n';
      return;
    }
  } catch (error) {
    yield `data: ${JSON.stringify(errorBody(error instanceof HubError ? error : asRefusal(error, log)))}\n\n`;
  } finally {
    await pieces.return(undefined);
  }
}
