import { os } from '../rpc.ts';
import {
  comment,
  editComment,
  hideComment,
  listDiscussions,
  openDiscussion,
  retitle,
  setStatus,
} from './discussions.ts';
import { mergePull, readDiscussion } from './merge.ts';
import { updatePull } from './update.ts';

export const discussionRoutes = {
  list: os.discussions.list.handler(({ input, context }) => listDiscussions(context, input, input)),
  get: os.discussions.get.handler(({ input, context }) => readDiscussion(context, input)),
  open: os.discussions.open.handler(({ input, context }) => openDiscussion(context, input, input)),
  comment: os.discussions.comment.handler(({ input, context }) => comment(context, input, input.markdown)),
  edit: os.discussions.edit.handler(({ input, context }) => editComment(context, input, input)),
  hide: os.discussions.hide.handler(({ input, context }) => hideComment(context, input, input.comment)),
  retitle: os.discussions.retitle.handler(({ input, context }) => retitle(context, input, input.title)),
  setStatus: os.discussions.setStatus.handler(({ input, context }) => setStatus(context, input, input)),
  update: os.discussions.update.handler(({ input, context }) => updatePull(context, input, input)),
  merge: os.discussions.merge.handler(({ input, context }) => mergePull(context, input, input)),
};
