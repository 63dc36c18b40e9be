import { HubError, type Json } from '@banyan/contract';
import { eq, sql } from 'drizzle-orm';
import type { Context } from '../context.ts';
import { type DeploymentRow, findDeployment, stateOf } from './deployments.ts';
import { deployments } from './table.ts';
import type { Question } from './tunnel.ts';

/**
 * Asks a deployment over its worker's tunnel. Parts come as the model makes them; the return value is the answer's
 * end. An abort (the client has gone) cancels it at the worker. Throws NOT_FOUND, UNAVAILABLE while it starts.
 */
export async function* askDeployment(
  ctx: Context,
  name: string,
  question: Question,
  signal: AbortSignal,
): AsyncGenerator<Json, Json | undefined> {
  const row = await findDeployment(ctx, name);
  const tunnel = ctx.tunnels.find(row.deployment.name);
  if (!tunnel) throw notReady(ctx, row);
  await ctx.db
    .update(deployments)
    .set({ requests: sql`${deployments.requests} + 1` })
    .where(eq(deployments.id, row.deployment.id));
  return yield* tunnel.ask(question, signal);
}

/** Asks for an answer that comes in one piece. */
export async function askOnce(
  ctx: Context,
  name: string,
  question: Question,
  signal: AbortSignal,
): Promise<Json> {
  const answer = askDeployment(ctx, name, question, signal);
  for (;;) {
    const next = await answer.next();
    if (!next.done) continue;
    if (next.value === undefined) throw new HubError('UPSTREAM', 'The model gave no answer.');
    return next.value;
  }
}

/** Raw rows in, one prediction a row out. */
export async function predict(
  ctx: Context,
  { name, rows }: { name: string; rows: Json[] },
  signal: AbortSignal = new AbortController().signal,
): Promise<{ predictions: Json[] }> {
  const predictions = await askOnce(ctx, name, { type: 'predict', rows }, signal);
  if (!Array.isArray(predictions)) throw new HubError('UPSTREAM', 'The model gave no list of predictions.');
  return { predictions };
}

function notReady(ctx: Context, row: DeploymentRow): HubError {
  const { name } = row.deployment;
  const state = stateOf(ctx, row);
  if (state === 'stopped') return new HubError('GONE', `The deployment "${name}" was stopped.`);
  if (state === 'failed')
    return new HubError(
      'GONE',
      `The deployment "${name}" failed: ${row.job.error?.message ?? 'its job ended.'}`,
    );
  return new HubError('UNAVAILABLE', `The deployment "${name}" is starting. Retry in a moment.`);
}
