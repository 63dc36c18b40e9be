import { Readable } from 'node:stream';
import { filePath, HubError, type Repository, repositoryKind, repositoryName, slug } from '@banyan/contract';
import { z } from 'zod';
import { upload } from '../../blobs/blobs.ts';
import { readInput } from '../../blobs/input.ts';
import type { Context } from '../../context.ts';
import { signedIn } from '../../policy.ts';
import { usualPatterns } from '../../repositories/attributes.ts';
import { findLicence } from '../../repositories/card/licences.ts';
import { commitFiles } from '../../repositories/commits.ts';
import { moveRepository } from '../../repositories/moving.ts';
import {
  type At,
  createRepository,
  readRepository,
  removeRepository,
  updateRepository,
} from '../../repositories/repositories.ts';
import { pathOf, splitPath } from '../../repositories/store.ts';
import { mainBranch } from '../../repositories/versions.ts';
import { type Address, atOf, kindOf, urlOf } from './addresses.ts';
import { decodeBase64 } from './ndjson.ts';

const type = z.enum(['model', 'dataset', 'space']).default('model');
const visibility = z.enum(['public', 'private', 'protected']);
const named = z.object({
  name: z.string(),
  organization: z.string().nullish(),
  type: type.nullish().transform((value) => value ?? 'model'),
});
const creation = named.extend({
  visibility: visibility.nullish(),
  private: z.boolean().nullish(),
  license: z.string().max(60).nullish(),
  files: z
    .array(
      z.object({
        path: filePath,
        content: z.string(),
        encoding: z.enum(['base64', 'utf-8']).default('base64'),
      }),
    )
    .max(20)
    .default([]),
});

/**
 * Makes a repository with its first commit. Private, as all on this hub are until somebody opens them. One that is there
 * already is a refusal too, and carries its address: clients that do not mind go on with it.
 */
export async function create(ctx: Context, body: unknown): Promise<{ status: 200 | 409; answer: object }> {
  const input = readInput(creation, body);
  const at = ownAt(ctx, input);
  const open = input.visibility === 'public' || input.private === false;
  const { license } = input;
  try {
    const { id } = await createRepository(ctx, {
      ...at,
      title: '',
      visibility: open ? 'public' : 'private',
      licence: license == null ? undefined : (findLicence(license)?.id ?? license),
      terms: { text: '', purposes: [] },
    });
    await firstCommit(ctx, at, input);
    return { status: 200, answer: { url: urlOf(ctx.config, at), name: pathOf(at), id } };
  } catch (error) {
    if (!(error instanceof HubError) || error.code !== 'ALREADY_EXISTS') throw error;
    const { path } = await readRepository(ctx, at);
    const url = urlOf(ctx.config, { kind: at.kind, ...splitPath(path) });
    return {
      status: 409,
      answer: { error: `You already created this ${at.kind} repo: ${path}`, url, name: path },
    };
  }
}

async function firstCommit(
  ctx: Context,
  at: At,
  { license, files }: z.infer<typeof creation>,
): Promise<void> {
  const first = new Map<string, Buffer>([['.gitattributes', Buffer.from(attributesText)]]);
  if (license != null) first.set('README.md', Buffer.from(`---\nlicense: ${license.toLowerCase()}\n---\n`));
  for (const { path, content, encoding } of files)
    first.set(path, encoding === 'base64' ? decodeBase64(content) : Buffer.from(content, 'utf8'));
  const { id } = signedIn(ctx, 'write');
  const operations = [];
  for (const [path, bytes] of first) {
    const { sha256 } = await upload(ctx, id, Readable.from([bytes]));
    operations.push({ op: 'add' as const, path, sha256 });
  }
  await commitFiles(ctx, at, { branch: mainBranch, message: 'initial commit', operations });
}

const attributesText = usualPatterns
  .map((pattern) => `${pattern} filter=lfs diff=lfs merge=lfs -text\n`)
  .join('');

export async function remove(ctx: Context, body: unknown): Promise<void> {
  await removeRepository(ctx, ownAt(ctx, readInput(named, body)));
}

const place = z.object({ namespace: slug, name: repositoryName });
const moving = z.object({ fromRepo: z.string(), toRepo: z.string(), type });

export async function move(ctx: Context, body: unknown): Promise<void> {
  const { fromRepo, toRepo, type } = readInput(moving, body);
  const kind = requireKind(type);
  const to = readInput(place, splitPath(toRepo));
  await moveRepository(ctx, { kind, ...splitPath(fromRepo) }, to);
}

const settings = z.object({
  visibility: visibility.nullish(),
  private: z.boolean().nullish(),
  gated: z.union([z.literal(false), z.enum(['auto', 'manual'])]).nullish(),
});

/** Visibility and gate are one thing here: a gated repository is one that everybody sees and that needs consent. */
export async function changeSettings(ctx: Context, address: Address, body: unknown) {
  const input = readInput(settings, body);
  const at = atOf(address);
  if (input.gated === 'auto')
    throw new HubError('BAD_INPUT', 'Consent is given by people here: use gated="manual".', {
      field: 'gated',
    });
  const { visibility: now } = await readRepository(ctx, at);
  const next = nextVisibility(now, input);
  const changed = next === now ? undefined : await updateRepository(ctx, at, { visibility: next });
  const { visibility } = changed ?? (await updateRepository(ctx, at, {}));
  return { private: visibility === 'private', gated: visibility === 'gated' ? 'manual' : false };
}

function nextVisibility(
  now: Repository['visibility'],
  { visibility, private: hidden, gated }: z.infer<typeof settings>,
): Repository['visibility'] {
  if (visibility === 'private' || hidden === true) return 'private';
  if (gated === 'manual') return 'gated';
  const opened = visibility === 'public' || hidden === false;
  if (gated === false && now === 'gated') return 'public';
  return opened && now === 'private' ? 'public' : now;
}

/** In their bodies, no organisation means my own namespace. */
function ownAt(ctx: Context, { name, organization, type }: z.infer<typeof named>): At {
  const { username } = signedIn(ctx, 'write');
  const kind = requireKind(type);
  const own = name.includes('/') ? splitPath(name) : { namespace: organization ?? username, name };
  return { kind, ...readInput(place, own) };
}

function requireKind(type: string): At['kind'] {
  const kind = repositoryKind.safeParse(kindOf(type));
  if (!kind.success)
    throw new HubError('BAD_INPUT', 'There are no spaces on this hub: it holds models and datasets.', {
      field: 'type',
    });
  return kind.data;
}
