import { HubError, repositoryName, slug } from '@banyan/contract';
import { z } from 'zod';
import { readInput } from '../../blobs/input.ts';
import type { Context } from '../../context.ts';
import { duplicateRepository } from '../../repositories/duplicating.ts';
import { readRepository } from '../../repositories/repositories.ts';
import { pathOf, splitPath } from '../../repositories/store.ts';
import { type Address, atOf, urlOf } from './addresses.ts';

const body = z.object({
  repository: z.string(),
  visibility: z.enum(['public', 'private', 'protected']).nullish(),
});
const place = z.object({ namespace: slug, name: repositoryName });

/** A repository of its own with the files and history of another. One that is there already is a refusal with its address. */
export async function duplicate(
  ctx: Context,
  address: Address,
  asked: unknown,
): Promise<{ status: 200 | 409; answer: object }> {
  const { repository, visibility } = readInput(body, asked);
  const at = atOf(address);
  const to = readInput(place, splitPath(repository));
  try {
    const { path } = await duplicateRepository(ctx, at, {
      ...to,
      visibility: visibility === 'public' ? 'public' : 'private',
    });
    return {
      status: 200,
      answer: { url: urlOf(ctx.config, { kind: at.kind, ...splitPath(path) }), filesCopyPending: false },
    };
  } catch (error) {
    if (!(error instanceof HubError) || error.code !== 'ALREADY_EXISTS') throw error;
    const { path } = await readRepository(ctx, { kind: at.kind, ...to });
    const url = urlOf(ctx.config, { kind: at.kind, ...splitPath(path) });
    return { status: 409, answer: { error: `There is a ${at.kind} "${pathOf(to)}" already.`, url } };
  }
}
