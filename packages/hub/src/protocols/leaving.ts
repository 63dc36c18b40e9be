import type { FastifyReply } from 'fastify';

/** Aborts when the client hangs up before its answer is complete: nobody computes for somebody who has gone. */
export function leaving(reply: FastifyReply): AbortSignal {
  const controller = new AbortController();
  reply.raw.once('close', () => {
    if (!reply.raw.writableFinished) controller.abort(new Error('the client has gone'));
  });
  return controller.signal;
}
