import { HubError, type Json, repositoryPath, revision } from '@banyan/contract';
import { z } from 'zod';
import type { Context } from '../context.ts';
import { readInput } from './read-input.ts';
import type { InputRef } from './table.ts';

/** A join as far as the hub reads it: what it names. The worker knows the rest of its grammar. */
const named = z.looseObject({ dataset: repositoryPath, revision: revision.default('main') });
const joining = z.object({ join: z.unknown() });
const withSteps = z.object({ steps: z.array(z.unknown()).max(1000) });

/** As many as a worker takes. */
const mostJoins = 8;

/**
 * The datasets that a recipe joins, each at the commit its revision is now, and the recipe with these written into it. The
 * asker must be able to read them; what the project may do is asked of consent when the job is queued, and again when it is
 * leased. Throws BAD_INPUT for a join that names no dataset.
 */
export async function resolveJoins(
  ctx: Context,
  recipe: Json,
  project: string,
): Promise<{ joins: InputRef[]; pinned: Json }> {
  const found = withSteps.safeParse(recipe);
  if (!found.success || typeof recipe !== 'object' || recipe === null || Array.isArray(recipe))
    return { joins: [], pinned: recipe };
  const joins = new Map<string, InputRef>();
  const steps: Json[] = [];
  for (const [place, step] of found.data.steps.entries()) {
    const join = joining.safeParse(step).data?.join;
    if (join === undefined) {
      steps.push(step as Json);
      continue;
    }
    const wanted = named.safeParse(join);
    if (!wanted.success)
      throw new HubError('BAD_INPUT', `Step ${place + 1} of the recipe joins no dataset that can be named.`, {
        field: 'recipe',
        hint: 'Write join: { dataset: namespace/name, on: COLUMN }, with revision: a branch, tag or commit.',
      });
    const { ref } = await readInput(ctx, 'dataset', wanted.data.dataset, wanted.data.revision, project);
    joins.set(`${ref.path}@${ref.commit}`, { ...ref, role: 'join' });
    steps.push({
      ...(step as { [key: string]: Json }),
      join: { ...(wanted.data as { [key: string]: Json }), dataset: ref.path, revision: ref.commit },
    });
  }
  if (joins.size > mostJoins)
    throw new HubError('BAD_INPUT', `The recipe joins ${joins.size} datasets; at most ${mostJoins} go.`, {
      field: 'recipe',
    });
  return { joins: [...joins.values()], pinned: joins.size === 0 ? recipe : { ...recipe, steps } };
}
