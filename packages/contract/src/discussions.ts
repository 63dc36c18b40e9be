import { z } from 'zod';
import { base } from './base.ts';
import { branchName, filePath, id, pageQuery, repositoryName, slug, timestamp } from './names.ts';
import { commit, repositoryKind } from './repositories.ts';

export const discussionKind = z.enum(['discussion', 'pull']);
/** A pull request is a draft until somebody opens it for review; merged is for ever. */
export const discussionStatus = z.enum(['draft', 'open', 'closed', 'merged']);
export type DiscussionStatus = z.infer<typeof discussionStatus>;

export const discussion = z.object({
  /** Counted for each repository; discussions and pull requests share the numbers. */
  number: z.number().int(),
  kind: discussionKind,
  title: z.string(),
  status: discussionStatus,
  author: slug,
  comments: z.number().int(),
  /** Of a pull request: the branch that it is to be merged into. */
  branch: z.string().optional(),
  /** Of a merged pull request: the version that the merge made. */
  mergeCommit: z.string().optional(),
  createdAt: timestamp,
  updatedAt: timestamp,
});
export type Discussion = z.infer<typeof discussion>;

const happened = { id, author: slug, createdAt: timestamp };
export const discussionEvent = z.discriminatedUnion('kind', [
  z.object({
    ...happened,
    kind: z.literal('comment'),
    /** Empty once it is hidden. */
    markdown: z.string(),
    hidden: z.boolean(),
    edited: z.boolean(),
    editedAt: timestamp.optional(),
  }),
  z.object({ ...happened, kind: z.literal('status'), status: discussionStatus }),
  z.object({ ...happened, kind: z.literal('title'), from: z.string(), to: z.string() }),
  z.object({ ...happened, kind: z.literal('commit'), commit: z.string(), message: z.string() }),
  z.object({ ...happened, kind: z.literal('merge'), commit: z.string() }),
]);
export type DiscussionEvent = z.infer<typeof discussionEvent>;

export const discussionDetail = discussion.extend({
  events: z.array(discussionEvent),
  /** Of a pull request with commits: its newest version, `refs/pr/N`. */
  head: z.string().optional(),
  /** Of a pull request: the version in which its branch and it parted; what it changes is the difference from there. */
  base: z.string().optional(),
  /** Of a pull request: the newest version of its branch. Another than `base`: the pull request is outdated. */
  branchHead: z.string().optional(),
  /** Of a pull request that cannot be merged: files that were changed on both sides. */
  conflicts: z.array(filePath).optional(),
});
export type DiscussionDetail = z.infer<typeof discussionDetail>;

const at = z.object({ kind: repositoryKind, namespace: slug, name: repositoryName });
const one = at.extend({ number: z.coerce.number().int().min(1).max(999_999_999) });
const keep = z.enum(['branch', 'pull']);
const title = z.string().trim().min(1).max(200);
const markdown = z.string().max(65_536);
const route = (method: 'GET' | 'POST' | 'PATCH', path: string, summary: string) =>
  base.route({
    method,
    path: `/repositories/{kind}/{namespace}/{name}/discussions${path}`,
    tags: ['discussions'],
    summary,
  });

/** Discussions and pull requests of a repository: whoever can read it may open one, contributors merge. */
export const discussions = {
  list: route('GET', '', 'Discussions and pull requests, newest first')
    .input(
      at.extend({
        ...pageQuery.shape,
        type: discussionKind.optional(),
        status: discussionStatus.optional(),
        author: slug.optional(),
      }),
    )
    .output(
      z.object({
        items: z.array(discussion),
        count: z.number().int(),
        nextCursor: z.string().optional(),
      }),
    ),
  get: route('GET', '/{number}', 'One, with all that happened').input(one).output(discussionDetail),
  open: route('POST', '', 'Open a discussion or a pull request')
    .input(
      at.extend({
        title,
        markdown: markdown.default(''),
        /** A pull request starts as a draft at the head of its branch; commit to `refs/pr/N`. */
        pullRequest: z.boolean().default(false),
        branch: branchName.default('main'),
      }),
    )
    .output(discussion),
  comment: route('POST', '/{number}/comments', 'Say something')
    .input(one.extend({ markdown: markdown.min(1) }))
    .output(discussionEvent),
  edit: route('PATCH', '/{number}/comments/{comment}', 'Change a comment of mine')
    .input(one.extend({ comment: id, markdown: markdown.min(1) }))
    .output(discussionEvent),
  hide: route('POST', '/{number}/comments/{comment}/hide', 'Hide a comment for good')
    .input(one.extend({ comment: id }))
    .output(discussionEvent),
  retitle: route('POST', '/{number}/title', 'Give another title')
    .input(one.extend({ title }))
    .output(discussionEvent),
  setStatus: route('POST', '/{number}/status', 'Open or close')
    .input(one.extend({ status: z.enum(['open', 'closed']), markdown: markdown.optional() }))
    .output(discussionEvent),
  update: route('POST', '/{number}/update', 'Put a pull request on top of its branch as it is now')
    .input(
      one.extend({
        /** Where both changed a file: whose version to take. Absent: such files are a CONFLICT. */
        keep: keep.optional(),
        /** The same for some files, by path. */
        files: z.record(filePath, keep).optional(),
      }),
    )
    .output(commit),
  merge: route('POST', '/{number}/merge', 'Merge a pull request into its branch')
    .input(one.extend({ markdown: markdown.optional() }))
    .output(discussion),
};
