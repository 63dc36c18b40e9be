import { HubError, type Json, json } from '@banyan/contract';
import { sql } from 'drizzle-orm';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { Services } from '../../context.ts';
import { type DeploymentRow, findDeployment, stateOf } from '../../deployments/deployments.ts';
import { askOnce } from '../../deployments/gateway.ts';
import { asRefusal } from '../../failures.ts';
import { contextOf } from '../../http.ts';
import { leaving } from '../leaving.ts';

const bodyLimitBytes = 64 << 20;
/** A deployment serves one commit for its whole life: its one version. */
const version = '1';

type Address = { Params: { model: string; version?: string } };

/**
 * The Open Inference Protocol (V2) over JSON: raw columns as tensors in, tensors out. A model's name is its
 * deployment's. Failures are `{ "error": "message" }`.
 */
export async function registerOip(app: FastifyInstance, services: Services): Promise<void> {
  const find = async (request: FastifyRequest<Address>, reply: FastifyReply) => {
    const { model, version: wanted = version } = request.params;
    const ctx = await contextOf(services, request, reply);
    const row = await findDeployment(ctx, model);
    if (wanted !== version)
      throw new HubError(
        'NOT_FOUND',
        `The model "${model}" has the version ${version} alone, not ${wanted}.`,
      );
    return { ctx, row };
  };

  const describe = async (request: FastifyRequest<Address>, reply: FastifyReply) => {
    const { row } = await find(request, reply);
    return { ...metadataOf(row), name: row.deployment.name, versions: [version] };
  };
  const ready = async (request: FastifyRequest<Address>, reply: FastifyReply) => {
    const { ctx, row } = await find(request, reply);
    const isReady = stateOf(ctx, row) === 'ready';
    return reply.status(isReady ? 200 : 503).send({ name: row.deployment.name, ready: isReady });
  };
  const infer = async (request: FastifyRequest<Address>, reply: FastifyReply) => {
    const { ctx, row } = await find(request, reply);
    if (request.headers['inference-header-content-length'] !== undefined)
      throw new HubError('BAD_INPUT', 'Binary tensors are not spoken here: send the tensors as JSON.');
    const body = inferRequest.safeParse(request.body);
    if (!body.success)
      throw new HubError('BAD_INPUT', 'The body must be JSON with a list "inputs" of tensors.');
    const { name } = row.deployment;
    const answer = await askOnce(ctx, name, { type: 'infer', body: body.data }, leaving(reply));
    return { ...asObject(answer), model_name: name, model_version: version, ...echo(body.data) };
  };

  await app.register(
    async (scope) => {
      scope.setErrorHandler((error, request, reply) => {
        const refusal = asRefusal(error, services.log.child({ request: request.id }));
        return reply.status(refusal.status).send({ error: withHint(refusal) });
      });
      scope.setNotFoundHandler((request, reply) =>
        reply.status(404).send({ error: `There is no ${request.method} ${request.url.split('?')[0]} here.` }),
      );
      scope.addContentTypeParser('application/octet-stream', (_request, _payload, done) =>
        done(new HubError('BAD_INPUT', 'Binary tensors are not spoken here: send the tensors as JSON.')),
      );

      scope.get('/', async () => ({ name: 'banyan', version: services.config.version, extensions: [] }));
      scope.get('/health/live', async () => ({ live: true }));
      scope.get('/health/ready', async () => {
        await services.db.execute(sql`select 1`);
        return { ready: true };
      });

      for (const path of ['/models/:model', '/models/:model/versions/:version']) {
        scope.get<Address>(path, describe);
        scope.get<Address>(`${path}/ready`, ready);
        scope.post<Address>(`${path}/infer`, { bodyLimit: bodyLimitBytes }, infer);
      }
    },
    { prefix: '/v2' },
  );
}

const inferRequest = z.object({ inputs: z.array(json).min(1) }).catchall(json);

const echo = ({ id }: { [key: string]: Json }) => (typeof id === 'string' ? { id } : {});

const asObject = (value: Json): { [key: string]: Json } =>
  value !== null && typeof value === 'object' && !Array.isArray(value) ? value : {};

function metadataOf({ deployment }: DeploymentRow): { [key: string]: Json } {
  if (deployment.metadata === null)
    throw new HubError('UNAVAILABLE', `The deployment "${deployment.name}" is starting. Retry in a moment.`);
  return asObject(deployment.metadata);
}

const withHint = ({ message, details }: HubError): string =>
  details?.hint === undefined ? message : `${message} ${details.hint}`;
