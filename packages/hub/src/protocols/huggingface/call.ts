import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Context } from '../../context.ts';
import { type Address, nextLink, nextUrl } from './addresses.ts';

/** One request of theirs: who asks, and what they sent. */
export interface Call {
  ctx: Context;
  request: FastifyRequest;
  reply: FastifyReply;
}
export type Answer = (call: Call) => Promise<unknown>;
/** Makes a route's handler of an answer. */
export type Handle = (answer: Answer) => (request: FastifyRequest, reply: FastifyReply) => Promise<unknown>;

export const addressOf = ({ request }: Call): Address => request.params as Address;

/** A page, with the address of the next one in a header. */
export function sendPage(
  { ctx, request, reply }: Call,
  page: { items: unknown[]; next?: string | undefined },
) {
  if (page.next !== undefined)
    reply.header('link', nextLink(nextUrl(ctx.config, request.url, { cursor: page.next })));
  return page.items;
}
