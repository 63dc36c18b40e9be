import { z } from 'zod';
import { base } from './base.ts';
import {
  branchName,
  filePath,
  id,
  json,
  pageOf,
  pageQuery,
  pullRef,
  repositoryName,
  repositoryPath,
  revision,
  sha256,
  slug,
  timestamp,
} from './names.ts';

/** What the owner asks of those who use a dataset. `algorithms` and `sites` absent: any. */
export const terms = z.object({
  text: z.string().max(20_000).default(''),
  purposes: z.array(z.string().min(1).max(200)).max(20).default([]),
  algorithms: z.array(slug).max(50).optional(),
  /** Jobs on this dataset may run at these sites alone: the data never leaves them. */
  sites: z.array(slug).max(50).optional(),
});
export type Terms = z.infer<typeof terms>;

/** `gated`: everybody sees the card, files need a grant. `private`: strangers are told it does not exist. */
export const visibility = z.enum(['public', 'gated', 'private']);
export const repositoryKind = z.enum(['dataset', 'model']);
export type RepositoryKind = z.infer<typeof repositoryKind>;

export const source = z.object({ dataset: repositoryPath, revision: z.string() });

/** A licence found again in SPDX's list, or among those that Hugging Face knows beside it. */
export const licence = z.object({
  /** SPDX's identifier; `LicenseRef-...` for what SPDX does not list. */
  id: z.string(),
  name: z.string(),
  url: z.string().optional(),
  /** Whether anybody's list has it. */
  known: z.boolean(),
});
export type Licence = z.infer<typeof licence>;

export const repository = z.object({
  id,
  kind: repositoryKind,
  path: repositoryPath,
  title: z.string(),
  visibility,
  /** As its owners set it; see `rights` for what it means. */
  licence: z.string().optional(),
  /** Under which licence it stands: by the field, or else by the card. `cardSays`: the card names another. */
  rights: licence.extend({ cardSays: z.string().optional() }).optional(),
  /** The first paragraph of its card. */
  summary: z.string(),
  /** From its card: `license:mit`, `language:en`, `task_categories:...`, its library, its own. */
  tags: z.array(z.string()),
  terms,
  /** The datasets this was derived from: their consent rules hold here too. */
  sources: z.array(source),
  head: z.string().optional(),
  /** Whether I may read the files; `reason` says why not. */
  access: z.object({
    read: z.boolean(),
    write: z.boolean(),
    administer: z.boolean(),
    reason: z.string().optional(),
  }),
  createdAt: timestamp,
  updatedAt: timestamp,
});
export type Repository = z.infer<typeof repository>;

export const commit = z.object({
  id: z.string().regex(/^[0-9a-f]{40}$/),
  parent: z.string().optional(),
  message: z.string(),
  description: z.string().optional(),
  author: slug,
  run: id.optional(),
  createdAt: timestamp,
});
export type Commit = z.infer<typeof commit>;

/** `gitOid`, the sha1 that Git gives it, is there for regular files; without it, the file is an LFS file. */
export const fileEntry = z.object({
  path: filePath,
  sha256,
  sizeBytes: z.number().int(),
  gitOid: z.string().optional(),
});
export type FileEntry = z.infer<typeof fileEntry>;

export const refKind = z.enum(['branch', 'tag', 'pull', 'convert']);
export type RefKind = z.infer<typeof refKind>;

/**
 * A step of a commit. `lfs` says whether a file is an LFS file; absent, `.gitattributes` and the size decide. `copy` takes
 * a file of a version of the same repository, or of the state that the steps before made.
 */
export const operation = z.discriminatedUnion('op', [
  z.object({ op: z.literal('add'), path: filePath, sha256, lfs: z.boolean().optional() }),
  z.object({ op: z.literal('delete'), path: filePath }),
  z.object({ op: z.literal('delete-folder'), path: filePath }),
  z.object({
    op: z.literal('copy'),
    path: filePath,
    from: z.object({ path: filePath, revision: revision.optional() }),
  }),
]);
export type Operation = z.infer<typeof operation>;

/** What a prepare job found in a version's table: drawn by the web app. Its inner shape is the data package's Profile. */
export const profileState = z.object({
  state: z.enum(['ready', 'pending', 'failed', 'none']),
  message: z.string().optional(),
  job: id.optional(),
  profile: json.optional(),
  rows: z.array(z.record(z.string(), json)).optional(),
});

const at = z.object({ kind: repositoryKind, namespace: slug, name: repositoryName });
/** A query of an address holds words. */
const flag = z.union([z.boolean(), z.enum(['true', 'false']).transform((word) => word === 'true')]);
const atRevision = at.extend({ revision: revision.default('main') });
const route = (method: 'GET' | 'POST' | 'PATCH' | 'DELETE', path: string, summary: string) =>
  base.route({ method, path: `/repositories${path}`, tags: ['repositories'], summary });
const one = '/{kind}/{namespace}/{name}';

/**
 * Datasets and models are repositories of files with commits, branches and tags. Bytes travel on plain routes:
 * `POST /api/blobs` (the hub hashes while it stores and answers `{ sha256, sizeBytes }`) and
 * `GET /api/files/{kind}/{namespace}/{name}/{revision}/{path}` (Range allowed).
 */
export const repositories = {
  create: route('POST', '', 'Make a dataset or model repository')
    .input(
      z.object({
        kind: repositoryKind,
        namespace: slug,
        name: repositoryName,
        title: z.string().max(200).default(''),
        visibility: visibility.default('private'),
        licence: z.string().max(60).optional(),
        terms: terms.prefault({}),
      }),
    )
    .output(repository),
  list: route('GET', '', 'Repositories I can see')
    .input(
      pageQuery.extend({
        kind: repositoryKind.optional(),
        namespace: slug.optional(),
        /** Those in the project's namespace and the datasets granted to it. */
        project: slug.optional(),
        search: z.string().max(100).optional(),
        /** Those that have all of these tags. */
        tags: z.array(z.string().min(1).max(200)).max(20).optional(),
      }),
    )
    .output(pageOf(repository)),
  get: route('GET', one, 'One repository').input(at).output(repository),
  update: route('PATCH', one, 'Change title, visibility, licence, terms')
    .input(
      at.extend({
        title: z.string().max(200).optional(),
        visibility: visibility.optional(),
        licence: z.string().max(60).optional(),
        terms: terms.optional(),
        /** I know that the newest version probably holds personal data, and may let others read it all the same. */
        acknowledgePersonalData: z.boolean().optional(),
      }),
    )
    .output(repository),
  /** The old name goes on to lead here. */
  move: route('POST', `${one}/move`, 'Give another name, or move to another namespace')
    .input(at.extend({ to: z.object({ namespace: slug, name: repositoryName }) }))
    .output(repository),
  remove: route('DELETE', one, 'Delete a repository').input(at).output(z.object({})),
  commit: route('POST', `${one}/commits`, 'Add and delete files in one atomic commit')
    .input(
      at.extend({
        branch: z.union([branchName, pullRef]).default('main'),
        /** The head you built on; a different one is refused with CONFLICT. Absent: whatever it is now. */
        parent: z.string().optional(),
        message: z.string().min(1).max(2000),
        description: z.string().max(20_000).optional(),
        operations: z.array(operation).min(1).max(10_000),
        /** Leaves the branch as it is, and opens a pull request with this commit. */
        pullRequest: z.boolean().default(false),
      }),
    )
    .output(commit.extend({ pullRequest: z.number().int().optional() })),
  history: route('GET', `${one}/commits`, 'Commits, newest first')
    .input(atRevision.extend(pageQuery.shape))
    .output(pageOf(commit)),
  /** A page of what a folder holds, files and folders in one order; `recursive` with all that lies in its folders. */
  tree: route('GET', `${one}/tree`, 'Files and folders of a version')
    .input(
      atRevision.extend({
        folder: filePath.optional(),
        recursive: flag.default(false),
        limit: z.coerce.number().int().min(1).max(1000).default(200),
        cursor: z.string().max(600).optional(),
      }),
    )
    .output(
      z.object({
        commit,
        /** Of the whole version. */
        total: z.object({ files: z.number().int(), sizeBytes: z.number() }),
        files: z.array(fileEntry),
        folders: z.array(z.object({ path: filePath })),
        nextCursor: z.string().optional(),
      }),
    ),
  refs: route('GET', `${one}/refs`, 'Branches and tags')
    .input(at)
    .output(z.array(z.object({ kind: refKind, name: z.string(), commit: z.string() }))),
  tag: route('POST', `${one}/tags`, 'Name a version')
    .input(atRevision.extend({ tag: branchName }))
    .output(z.object({})),
  card: route('GET', `${one}/card`, 'The README of a version')
    .input(atRevision)
    .output(z.object({ markdown: z.string() })),
  profile: route('GET', `${one}/profile`, 'Column statistics and first rows of a dataset version')
    .input(atRevision)
    .output(profileState),
  /** The explanation.json an explain job committed to a model, if there is one. */
  explanation: route('GET', `${one}/explanation`, 'Feature importance and attributions of a model version')
    .input(atRevision)
    .output(z.object({ explanation: json.optional() })),
};
