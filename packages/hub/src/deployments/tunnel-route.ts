import { HubError, type ToHub } from '@banyan/contract';
import websocket from '@fastify/websocket';
import { eq } from 'drizzle-orm';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { WebSocket } from 'ws';
import { z } from 'zod';
import type { Context, Services } from '../context.ts';
import { asHolder } from '../jobs/leased.ts';
import { actorOfToken } from '../people/authenticate.ts';
import { deployments } from './table.ts';
import { openTunnel, readFrame } from './tunnel.ts';

const helloMs = 5000;
/** A request's rows, or a model's answer, as JSON. */
const maxPayload = 64 << 20;

type Hello = Extract<ToHub, { type: 'hello' }>;

/** `/api/jobs/{id}/tunnel`: where a serving worker dials in (contract/tunnel.ts). */
export async function registerTunnel(app: FastifyInstance, services: Services): Promise<void> {
  await app.register(async (scope) => {
    await scope.register(websocket, { options: { maxPayload } });
    scope.get<{ Params: { id: string } }>('/api/jobs/:id/tunnel', { websocket: true }, (socket, request) => {
      // An error is always followed by close, where everything is cleaned up.
      socket.on('error', (error) => services.log.info({ error: error.message }, 'tunnel'));
      serve(services, request.params.id, socket, request).catch((error: unknown) => {
        if (!(error instanceof HubError)) services.log.error({ error: String(error) }, 'tunnel');
        // A close frame holds 123 bytes.
        socket.close(1008, error instanceof HubError ? error.message.slice(0, 120) : 'the hub failed');
      });
    });
  });
}

async function serve(
  services: Services,
  job: string,
  socket: WebSocket,
  request: FastifyRequest,
): Promise<void> {
  const hello = await firstFrame(socket);
  const ctx: Context = {
    ...services,
    actor: await actorOfToken(services.db, hello.token),
    request: {
      id: request.id,
      address: request.ip,
      session: undefined,
      setSession: () => undefined,
      retryAfter: () => undefined,
    },
  };
  const { leaseToken } = hello;
  const deployment = await greet(ctx, { id: job, leaseToken }, hello);
  const tunnel = openTunnel(socket);
  services.tunnels.add(deployment, tunnel);
  const unsubscribe = services.events.subscribe('job.changed', job, () => {
    // The job was stopped, or is another worker's now.
    holds(ctx, { id: job, leaseToken }).then(
      (still) => still || tunnel.close('this lease is over'),
      (error: unknown) => services.log.warn({ error: String(error) }, 'tunnel'),
    );
  });
  socket.once('close', () => {
    unsubscribe();
    services.tunnels.remove(deployment, tunnel);
    services.events
      .publish(services.db, { topic: 'deployment.changed', id: deployment })
      .catch((error: unknown) => services.log.warn({ error: String(error) }, 'tunnel'));
  });
  await services.events.publish(services.db, { topic: 'deployment.changed', id: deployment });
}

/** Waits for `hello`. Throws BAD_INPUT for anything else, and when it does not come soon. */
function firstFrame(socket: WebSocket): Promise<Hello> {
  return new Promise((resolve, reject) => {
    const refuse = (why: string): void => reject(new HubError('BAD_INPUT', why));
    const timer = setTimeout(() => refuse(`no hello within ${helloMs / 1000} s`), helloMs);
    socket.once('close', () => clearTimeout(timer));
    socket.once('message', (data) => {
      clearTimeout(timer);
      const frame = readFrame(data);
      if (frame?.type === 'hello') resolve(frame);
      else refuse('the first frame must be hello');
    });
  });
}

/** Checks the lease and keeps what the worker says of the model. Gives the deployment's name. Throws LEASE_LOST. */
async function greet(
  ctx: Context,
  lease: { id: string; leaseToken: string },
  { model }: Hello,
): Promise<string> {
  if (!z.uuid().safeParse(lease.id).success) throw new HubError('LEASE_LOST');
  return asHolder(ctx, lease, async (tx, { state, order, id }) => {
    if (state !== 'running' || order.kind !== 'serve') throw new HubError('LEASE_LOST');
    await tx
      .update(deployments)
      .set({ manifest: model.manifest, metadata: model.metadata })
      .where(eq(deployments.job, id));
    return order.deployment;
  });
}

async function holds(ctx: Context, lease: { id: string; leaseToken: string }): Promise<boolean> {
  try {
    return await asHolder(ctx, lease, async (_tx, { state }) => state === 'running');
  } catch (error) {
    if (error instanceof HubError && error.code === 'LEASE_LOST') return false;
    throw error;
  }
}
