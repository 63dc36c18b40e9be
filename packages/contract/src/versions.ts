import { z } from 'zod';
import { base } from './base.ts';
import { branchName, filePath, json, repositoryName, revision, slug } from './names.ts';
import { commit, repositoryKind } from './repositories.ts';

const side = z.object({ sha256: z.string(), sizeBytes: z.number() });
/** A file in which two versions differ: `before` absent for one that was added, `after` for one that was removed. */
export const fileChange = z.object({ path: filePath, before: side.optional(), after: side.optional() });
export type FileChange = z.infer<typeof fileChange>;

/** A column in which the tables of two versions differ, with what the profiles say of it on each side. */
export const columnChange = z.object({
  name: z.string(),
  change: z.enum(['added', 'removed', 'retyped', 'values']),
  before: json.optional(),
  after: json.optional(),
});
export const tableChange = z.object({
  rows: z.object({ before: z.number(), after: z.number() }),
  columns: z.array(columnChange),
});
export type TableChange = z.infer<typeof tableChange>;

const at = z.object({ kind: repositoryKind, namespace: slug, name: repositoryName });
/** `from` absent: the version before `to`. */
const between = at.extend({ from: revision.optional(), to: revision.default('main') });
const route = (method: 'GET' | 'POST' | 'DELETE', path: string, summary: string) =>
  base.route({
    method,
    path: `/repositories/{kind}/{namespace}/{name}${path}`,
    tags: ['versions'],
    summary,
  });

/** Branches, tags, and what changed from one version to another. */
export const versions = {
  createBranch: route('POST', '/branches', 'Make a branch')
    .input(
      at.extend({
        branch: branchName,
        /** Where it starts. */
        revision: revision.default('main'),
        /** Starts without files and without history. */
        empty: z.boolean().default(false),
        /** Moves a branch of this name that is there already. */
        overwrite: z.boolean().default(false),
      }),
    )
    .output(z.object({ commit: z.string() })),
  removeBranch: route('DELETE', '/branches/{+branch}', 'Delete a branch; its commits stay readable')
    .input(at.extend({ branch: branchName }))
    .output(z.object({})),
  removeTag: route('DELETE', '/tags/{+tag}', 'Delete a tag; the commit stays readable')
    .input(at.extend({ tag: branchName }))
    .output(z.object({})),
  squash: route('POST', '/squash', 'Make one commit of the history of a branch, and let the rest go for good')
    .input(at.extend({ branch: branchName.default('main'), message: z.string().min(1).max(2000) }))
    .output(commit),
  diff: route('GET', '/diff', 'Files in which two versions differ')
    .input(
      between.extend({
        limit: z.coerce.number().int().min(1).max(1000).default(100),
        cursor: z.string().max(600).optional(),
      }),
    )
    .output(
      z.object({
        /** Absent: `to` is the first version. */
        from: commit.optional(),
        to: commit,
        files: z.array(fileChange),
        /** Of a dataset of which both versions are profiled: on the first page. */
        table: tableChange.optional(),
        nextCursor: z.string().optional(),
      }),
    ),
  textDiff: route('GET', '/diff/text', 'The lines in which a card or a small text file differs')
    .input(between.extend({ path: filePath }))
    .output(
      z.object({
        /** A unified diff; absent when the file is no text, or too large. */
        diff: z.string().optional(),
        added: z.number().int(),
        removed: z.number().int(),
      }),
    ),
  revert: route('POST', '/revert', 'Undo a commit by a new one')
    .input(
      at.extend({
        branch: branchName.default('main'),
        commit: z.string().regex(/^[0-9a-f]{40}$/, 'the id of a commit'),
        message: z.string().min(1).max(2000).optional(),
      }),
    )
    .output(commit),
  count: route('GET', '/commits/count', 'How many commits lead to a version')
    .input(at.extend({ revision: revision.default('main') }))
    .output(z.object({ count: z.number().int() })),
};
