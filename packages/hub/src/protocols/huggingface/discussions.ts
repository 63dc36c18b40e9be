import type { Discussion, DiscussionDetail, DiscussionEvent } from '@banyan/contract';
import { z } from 'zod';
import { readInput } from '../../blobs/input.ts';
import type { Context } from '../../context.ts';
import {
  type AtDiscussion,
  comment,
  editComment,
  hideComment,
  listDiscussions,
  openDiscussion,
  retitle,
  setStatus,
} from '../../discussions/discussions.ts';
import { mergePull, readDiscussion } from '../../discussions/merge.ts';
import { diffText, diffVersions } from '../../repositories/diff.ts';
import type { At } from '../../repositories/repositories.ts';
import { pathOf } from '../../repositories/store.ts';
import { mainBranch } from '../../repositories/versions.ts';
import { type Address, atOf, open, urlOf } from './addresses.ts';

/** Their clients count pages, and stop when they have as many as there are. */
const pageSize = 100;
const markdown = z.string().max(65_536);
const title = z.string().trim().min(1).max(200);

const query = z.object({
  p: z.coerce.number().int().min(0).max(100_000).default(0),
  type: z.enum(['all', 'discussion', 'pull_request']).default('all'),
  status: z.enum(['all', 'open', 'closed']).default('all'),
  author: z.string().max(100).optional(),
});
const types = { all: undefined, discussion: 'discussion', pull_request: 'pull' } as const;
/** A draft waits as what is open does; what is merged is closed too. */
const statuses = { all: undefined, open: ['open', 'draft'], closed: ['closed', 'merged'] } as const;

/** A page of discussions and pull requests, newest first. */
export async function listTalks(ctx: Context, address: Address, asked: unknown) {
  const { p, type, status, author } = readInput(query, asked);
  const at = atOf(address);
  const start = p * pageSize;
  const page = await listDiscussions(ctx, at, {
    limit: pageSize,
    cursor: String(start),
    type: types[type],
    status: statuses[status],
    author,
  });
  return { discussions: page.items.map((one) => presentTalk(at, one)), count: page.count, start };
}

export async function openTalk(ctx: Context, address: Address, body: unknown) {
  const opening = z.object({
    title,
    description: markdown.nullish(),
    pullRequest: z.boolean().nullish(),
  });
  const input = readInput(opening, body);
  const at = atOf(address);
  const { number } = await openDiscussion(ctx, at, {
    title: input.title,
    markdown: input.description ?? '',
    pullRequest: input.pullRequest ?? false,
    branch: mainBranch,
  });
  return { num: number, url: `${urlOf(ctx.config, at)}/discussions/${number}` };
}

/** One, with all that happened. Of a pull request also where it goes, and which files stand in its way. */
export async function readTalk(ctx: Context, address: TalkAddress) {
  const at = talkAt(address);
  const found = await readDiscussion(ctx, at);
  return {
    ...presentTalk(at, found),
    ...(await diffOf(ctx, at, found)),
    events: found.events.map(presentEvent),
    ...(found.kind === 'pull' && {
      filesWithConflicts: found.conflicts ?? false,
      changes: {
        base: `refs/heads/${found.branch ?? mainBranch}`,
        ...(found.mergeCommit !== undefined && { mergeCommitId: found.mergeCommit }),
      },
    }),
  };
}

/** Files whose lines are compared in one answer, and for how long; the others are to be had one by one from this hub's own API. */
const comparedFiles = 50;
const comparedMs = 5000;

/** What a pull request changes, as a patch of its text files. Nothing for those who may not read the files. */
async function diffOf(ctx: Context, at: At, { kind, base, head, mergeCommit }: DiscussionDetail) {
  const to = head ?? mergeCommit;
  if (kind !== 'pull' || base === undefined || to === undefined || base === to) return {};
  const { read } = await open(ctx, { ...at, type: at.kind }, 'see');
  if (!read) return {};
  const between = { kind: at.kind, namespace: at.namespace, name: at.name, from: base, to };
  const { files } = await diffVersions(ctx, { ...between, limit: comparedFiles });
  // One after the other, so that others are served in between.
  const patches: string[] = [];
  const until = Date.now() + comparedMs;
  for (const { path } of files) {
    if (Date.now() > until) break;
    const { diff = '' } = await diffText(ctx, { ...between, path });
    patches.push(diff);
  }
  return { diff: patches.join('') };
}

export async function say(ctx: Context, address: TalkAddress, body: unknown) {
  const said = readInput(z.object({ comment: markdown.min(1) }), body);
  return { newMessage: presentEvent(await comment(ctx, talkAt(address), said.comment)) };
}

export async function rename(ctx: Context, address: TalkAddress, body: unknown) {
  const input = readInput(z.object({ title }), body);
  return { newTitle: presentEvent(await retitle(ctx, talkAt(address), input.title)) };
}

export async function changeStatus(ctx: Context, address: TalkAddress, body: unknown) {
  const input = readInput(
    z.object({ status: z.enum(['open', 'closed']), comment: markdown.nullish() }),
    body,
  );
  const event = await setStatus(ctx, talkAt(address), {
    status: input.status,
    markdown: input.comment ?? undefined,
  });
  return { newStatus: presentEvent(event) };
}

export async function merge(ctx: Context, address: TalkAddress, body: unknown) {
  const input = readInput(z.object({ comment: markdown.nullish() }), body ?? {});
  await mergePull(ctx, talkAt(address), { markdown: input.comment ?? undefined });
  return {};
}

export async function edit(ctx: Context, address: CommentAddress, body: unknown) {
  const input = readInput(z.object({ content: markdown.min(1) }), body);
  const changed = { comment: commentOf(address), markdown: input.content };
  return { updatedComment: presentEvent(await editComment(ctx, talkAt(address), changed)) };
}

export async function hide(ctx: Context, address: CommentAddress) {
  return { updatedComment: presentEvent(await hideComment(ctx, talkAt(address), commentOf(address))) };
}

export type TalkAddress = Address & { number: string };
export type CommentAddress = TalkAddress & { comment: string };

const talkAt = (address: TalkAddress): AtDiscussion => ({
  ...atOf(address),
  number: readInput(z.coerce.number().int().min(1).max(999_999_999), address.number, 'number'),
});
const commentOf = ({ comment }: CommentAddress): string => readInput(z.uuid(), comment, 'comment');

const presentTalk = (at: At, talk: Discussion) => ({
  num: talk.number,
  title: talk.title,
  status: talk.status,
  isPullRequest: talk.kind === 'pull',
  createdAt: talk.createdAt,
  author: { name: talk.author },
  repo: { name: pathOf(at), type: at.kind },
  numComments: talk.comments,
});

function presentEvent(event: DiscussionEvent) {
  const { id, createdAt } = event;
  const author = { name: event.author };
  const happened = (type: string, data: object) => ({ id, type, createdAt, author, data });
  switch (event.kind) {
    case 'comment': {
      const latest = { raw: event.markdown, html: '', updatedAt: event.editedAt ?? createdAt, author };
      return happened('comment', { edited: event.edited, hidden: event.hidden, latest });
    }
    case 'status':
      return happened('status-change', { status: event.status });
    case 'title':
      return happened('title-change', { from: event.from, to: event.to });
    case 'commit':
      return happened('commit', { subject: event.message, oid: event.commit });
    default:
      return happened('status-change', { status: 'merged' });
  }
}
