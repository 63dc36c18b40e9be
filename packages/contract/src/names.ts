import { z } from 'zod';

/** A name in an address: lower-case letters, digits, `-`, `_` and `.`; starts with a letter or digit. */
export const slug = z
  .string()
  .regex(/^[a-z0-9][a-z0-9._-]{0,95}$/, 'use lower-case letters, digits, "-", "_" and ".", at most 96')
  .refine(
    (name) => !name.endsWith('.git') && !name.includes('..'),
    'must not contain ".." or end with ".git"',
  );

/** The name of a dataset or model: letters of any case, of which no two repositories differ in case alone. */
export const repositoryName = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,95}$/, 'use letters, digits, "-", "_" and ".", at most 96')
  .refine(
    (name) => !/\.git$/i.test(name) && !name.includes('..'),
    'must not contain ".." or end with ".git"',
  );

/** `namespace/name`: where a dataset or model lives. */
export const repositoryPath = z
  .string()
  .regex(/^[a-z0-9][a-z0-9._-]{0,95}\/[A-Za-z0-9][A-Za-z0-9._-]{0,95}$/, 'write it as namespace/name');

export const id = z.uuid();
export const sha256 = z.string().regex(/^[0-9a-f]{64}$/, 'a sha256 is 64 lower-case hexadecimal digits');
export const timestamp = z.iso.datetime({ offset: true });

/** The name of a new branch or tag: as Git allows it, and none that could be taken for something else. */
export const branchName = z
  .string()
  .min(1, 'must not be empty')
  .max(200, 'at most 200 characters')
  .regex(
    /^[A-Za-z0-9_][A-Za-z0-9._/+@=-]*$/,
    'use letters, digits and . _ / + @ = -, and start with a letter, a digit or _',
  )
  .refine((name) => !name.includes('..') && !name.includes('//') && !name.includes('@{'), {
    error: 'must not contain "..", "//" or "@{"',
  })
  .refine((name) => !/[./]$/.test(name) && !/(^|\/)\./.test(name), {
    error: 'no part of it may start with ".", and it must not end with "." or "/"',
  })
  .refine((name) => !/\.lock(\/|$)/.test(name), 'no part of it may end with ".lock": Git keeps such names')
  .refine(
    (name) => !/^refs(\/|$)/i.test(name),
    'must not start with "refs/": such names are for the hub to give',
  )
  .refine(
    (name) => !/^[0-9a-f]{40}$/i.test(name),
    'must not look like the id of a commit (40 hexadecimal digits)',
  )
  .refine(
    (name) => !/^(HEAD|FETCH_HEAD|ORIG_HEAD|MERGE_HEAD)$/i.test(name),
    'this name means a version already',
  );

/** The head of a pull request. */
export const pullRef = z.string().regex(/^refs\/pr\/[1-9][0-9]{0,8}$/, 'write it as refs/pr/N');

/** A commit id (40 hexadecimal digits), a branch, a tag, `HEAD`, or a full name: `refs/heads/x`, `refs/tags/x`, `refs/pr/N`. */
export const revision = z
  .string()
  .min(1)
  .max(220)
  .regex(/^[A-Za-z0-9_][A-Za-z0-9._/+@=-]*$/, 'a branch, tag or commit id');

/** A path inside a repository: relative, forward slashes, no `..`, no control characters. */
export const filePath = z
  .string()
  .min(1)
  .max(512)
  // oxlint-disable-next-line no-control-regex -- control characters are what this refuses
  .regex(/^[^\u0000-\u001f\\]+$/, 'no control characters or backslashes')
  .refine(
    (path) => path.split('/').every((part) => part !== '' && part !== '.' && part !== '..'),
    'must be relative, without empty, "." or ".." parts',
  )
  .refine(
    (path) => !/(^|\/)\.git(\/|$)/i.test(path),
    'must not be inside ".git": Git keeps its own files there',
  )
  .refine((path) => path.isWellFormed(), 'is no valid Unicode');

/** Lists come in pages: pass `cursor` from the last answer to get the next. */
export const pageQuery = z.object({
  limit: z.coerce.number().int().min(1).max(200).default(50),
  cursor: z.string().max(200).optional(),
});
export const pageOf = <T extends z.ZodType>(item: T) =>
  z.object({ items: z.array(item), nextCursor: z.string().optional() });

export const json: z.ZodType<Json> = z.lazy(() =>
  z.union([z.string(), z.number(), z.boolean(), z.null(), z.array(json), z.record(z.string(), json)]),
);
export type Json = string | number | boolean | null | Json[] | { [key: string]: Json };

/** What a person may do in a namespace (an organisation or project), weakest first. */
export const roles = ['reader', 'contributor', 'maintainer', 'owner'] as const;
export const role = z.enum(roles);
export type Role = z.infer<typeof role>;
