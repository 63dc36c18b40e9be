import { z } from 'zod';
import { readInput } from '../../blobs/input.ts';
import type { Context } from '../../context.ts';
import { readRefs } from '../../repositories/refs.ts';
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
