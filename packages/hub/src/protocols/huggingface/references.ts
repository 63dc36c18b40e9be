import { branchName, HubError, revision } from '@banyan/contract';
import { z } from 'zod';
import { readInput } from '../../blobs/input.ts';
import type { Context } from '../../context.ts';
import { createBranch, readRefs, removeBranch, removeTag, tagVersion } from '../../repositories/refs.ts';
import { squashBranch } from '../../repositories/squash.ts';
import { mainBranch } from '../../repositories/versions.ts';
import { type Address, atOf } from './addresses.ts';
import { flag } from './inputs.ts';

/** Branches, tags, what the hub converted, and, when asked for, the heads of pull requests. */
export async function listRefs(ctx: Context, address: Address, query: unknown) {
  const { include_prs: pulls } = readInput(z.object({ include_prs: flag }), query);
  const refs = await readRefs(ctx, atOf(address));
  const of = (kind: string, prefix: string) =>
    refs
      .filter((ref) => ref.kind === kind)
      .map(({ name, commit }) => ({
        name: name.startsWith(prefix) ? name.slice(prefix.length) : name,
        ref: name.startsWith(prefix) ? name : prefix + name,
        targetCommit: commit,
      }));
  return {
    branches: of('branch', 'refs/heads/'),
    converts: of('convert', 'refs/convert/'),
    tags: of('tag', 'refs/tags/'),
    ...(pulls && { pullRequests: of('pull', 'refs/pr/') }),
  };
}

const branching = z.object({
  startingPoint: revision.nullish(),
  emptyBranch: z.boolean().nullish(),
  overwrite: z.boolean().nullish(),
});

/** Makes a branch at `startingPoint`, by default where the main branch is. */
export async function addBranch(ctx: Context, address: Address, body: unknown) {
  const { startingPoint, emptyBranch, overwrite } = readInput(branching, body ?? {});
  await named(
    createBranch(ctx, {
      ...atOf(address),
      branch: nameIn(address),
      revision: startingPoint ?? mainBranch,
      empty: emptyBranch ?? false,
      overwrite: overwrite ?? false,
    }),
  );
  return {};
}

export async function dropBranch(ctx: Context, address: Address) {
  await named(removeBranch(ctx, { ...atOf(address), branch: nameIn(address) }));
  return {};
}

/** Names the version that the address ends with. What clients say about a tag is not kept: a tag is a name. */
export async function addTag(ctx: Context, address: Address, body: unknown) {
  const { tag } = readInput(z.object({ tag: branchName }), body);
  await named(tagVersion(ctx, { ...atOf(address), revision: address['*'] ?? mainBranch, tag }));
  return {};
}

export async function dropTag(ctx: Context, address: Address) {
  await named(removeTag(ctx, { ...atOf(address), tag: nameIn(address) }));
  return {};
}

export async function squash(ctx: Context, address: Address, body: unknown) {
  const { message } = readInput(z.object({ message: z.string().min(1).max(2000).optional() }), body ?? {});
  const branch = nameIn(address);
  await named(
    squashBranch(ctx, { ...atOf(address), branch, message: message ?? `Squash the history of ${branch}` }),
  );
  return {};
}

const nameIn = (address: Address): string =>
  readInput(branchName, (address['*'] ?? '').replace(/^refs\/(heads|tags)\//, ''), 'name');

/** In their protocol, a branch or tag that is not there is a revision that is not there. */
async function named<T>(done: Promise<T>): Promise<T> {
  try {
    return await done;
  } catch (error) {
    if (!(error instanceof HubError)) throw error;
    const { code, message, details } = error;
    if (code === 'NOT_FOUND' && ['branch', 'tag', 'revision'].includes(details?.field ?? ''))
      throw new HubError('NOT_FOUND', message, { field: 'revision' });
    throw error;
  }
}
