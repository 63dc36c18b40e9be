import { z } from 'zod';

/** A name in an address: lower-case letters, digits, `-`, `_` and `.`; starts with a letter or digit. */
export const slug = z
  .string()
  .regex(/^[a-z0-9][a-z0-9._-]{0,95}$/, 'use lower-case letters, digits, "-", "_" and ".", at most 96')
  .refine(
    (name) => !name.endsWith('.git') && !name.includes('..'),
    'must not contain ".." or end with ".git"',
  );

/** `namespace/name`: where a dataset or model lives. */
export const repositoryPath = z
  .string()
  .regex(/^[a-z0-9][a-z0-9._-]{0,95}\/[a-z0-9][a-z0-9._-]{0,95}$/, 'write it as namespace/name');

export const id = z.uuid();
export const sha256 = z.string().regex(/^[0-9a-f]{64}$/, 'a sha256 is 64 lower-case hexadecimal digits');
export const timestamp = z.iso.datetime({ offset: true });

/** A commit id (40 hexadecimal digits), a branch or a tag. */
export const revision = z
  .string()
  .min(1)
  .max(120)
  .regex(/^[A-Za-z0-9][A-Za-z0-9._/-]*$/, 'a branch, tag or commit id');

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
  );

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
