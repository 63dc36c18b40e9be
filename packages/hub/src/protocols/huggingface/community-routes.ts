import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { readInput } from '../../blobs/input.ts';
import { giveAccess, handleAccessRequest, listAccessRequests } from './access-requests.ts';
import { addressOf, type Handle, sendPage } from './call.ts';
import {
  type CommentAddress,
  changeStatus,
  edit,
  hide,
  listTalks,
  merge,
  openTalk,
  readTalk,
  rename,
  say,
  type TalkAddress,
} from './discussions.ts';

const one = '/api/:type/:namespace/:name';

/** Discussions, pull requests and requests for access. */
export function registerCommunity(app: FastifyInstance, handle: Handle): void {
  const all = `${one}/discussions`;
  app.get(
    all,
    handle((call) => listTalks(call.ctx, addressOf(call), call.request.query)),
  );
  app.post(
    all,
    handle((call) => openTalk(call.ctx, addressOf(call), call.request.body)),
  );
  app.get(
    `${all}/:number`,
    handle(({ ctx, request }) => readTalk(ctx, request.params as TalkAddress)),
  );
  for (const [deed, act] of Object.entries({ comment: say, title: rename, status: changeStatus, merge }))
    app.post(
      `${all}/:number/${deed}`,
      handle(({ ctx, request }) => act(ctx, request.params as TalkAddress, request.body)),
    );
  for (const [deed, act] of Object.entries({ edit, hide }))
    app.post(
      `${all}/:number/comment/:comment/${deed}`,
      handle(({ ctx, request }) => act(ctx, request.params as CommentAddress, request.body)),
    );

  app.get(
    `${one}/user-access-request/:status`,
    handle(async (call) => {
      const { status } = call.request.params as { status: string };
      const { cursor } = readInput(z.object({ cursor: z.string().max(60).optional() }), call.request.query);
      return sendPage(call, await listAccessRequests(call.ctx, addressOf(call), status, cursor));
    }),
  );
  app.post(
    `${one}/user-access-request/handle`,
    handle(async (call) => {
      await handleAccessRequest(call.ctx, addressOf(call), call.request.body);
      return {};
    }),
  );
  app.post(
    `${one}/user-access-request/grant`,
    handle((call) => giveAccess(call.ctx, addressOf(call), call.request.body)),
  );
}
