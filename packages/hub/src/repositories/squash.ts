import { type Commit, HubError } from '@banyan/contract';
import { sql } from 'drizzle-orm';
import type { Context } from '../context.ts';
import { forgetUnnamed } from '../data/keep-conversion.ts';
import type { Queries } from '../db/connection.ts';
import { record } from '../ledger/record.ts';
import { authorizeRepository, signedIn } from '../policy.ts';
import type { Changed } from './changing.ts';
import { queueProfile } from './profiles.ts';
import type { At } from './repositories.ts';
import { lockRepository, pathOf } from './store.ts';
import { sweepPages } from './tree/sweep.ts';
import { headOf, presentCommit, writeCommit } from './versions.ts';

/**
 * Makes one commit, without a parent, of all that a branch holds, and lets go of the commits that led there: by
 * maintainers. Those stay that another branch, a tag or a pull request leads to, and those that a run, a deployment or a
 * derived dataset names. Bytes that nothing names any more are deleted by the collection of garbage (blobs/collect.ts).
 */
export async function squashBranch(
  ctx: Context,
  at: At & { branch: string; message: string },
): Promise<Commit> {
  const { repository } = await authorizeRepository(ctx, at.kind, pathOf(at), 'administer');
  const { username } = signedIn(ctx, 'write');
  const { branch, message } = at;
  return ctx.db.transaction(async (tx) => {
    await lockRepository(tx, repository.id);
    const head = await headOf(tx, repository.id, branch);
    if (!head)
      throw new HubError('NOT_FOUND', `"${pathOf(repository)}" has no branch "${branch}".`, {
        field: 'branch',
      });
    const commit = await writeCommit(tx, repository.id, {
      branch,
      parent: undefined,
      changed: { root: head.root, files: new Map() },
      message,
      author: username,
    });
    // The same tables: what was found out about them stays.
    const changed: Changed = { root: head.root, files: new Map() };
    if (repository.kind === 'dataset')
      await queueProfile(ctx, tx, { repository, commit, parent: head, changed });
    const forgotten = await forgetHistory(tx, repository.id, head.id);
    await forgetUnnamed(tx, repository.id);
    await sweepPages(tx, repository.id);
    await record(tx, {
      actor: ctx.actor,
      action: 'repository.squash',
      namespace: repository.namespace,
      subject: pathOf(repository),
      details: { kind: repository.kind, branch, commit: commit.id, forgotten },
    });
    return presentCommit(commit);
  });
}

/** Deletes a version and those before it, as far as nothing else names them. Answers how many. */
async function forgetHistory(tx: Queries, repository: string, from: string): Promise<number> {
  const { rows } = await tx.execute<{ id: string }>(sql`
    with recursive doomed as (
      select id, parent from commits where repository = ${repository} and id = ${from}
      union all
      select c.id, c.parent from commits c join doomed on c.repository = ${repository} and c.id = doomed.parent
    ), kept as (
      select c.id, c.parent from commits c join refs r on r.repository = c.repository and r.commit = c.id
        where c.repository = ${repository}
      union
      select c.id, c.parent from commits c join kept on c.repository = ${repository} and c.id = kept.parent
    )
    delete from commits where repository = ${repository} and id in (
      select id from doomed
      except select id from kept
      except select dataset_commit from runs
      except select model_commit from runs
      except select dataset_commit from races
      except select commit from deployments
      except select input->>'commit' from jobs, jsonb_array_elements(inputs) input
        where state in ('queued', 'running') and input->>'repository' = ${repository}
      except select source->>'revision' from repositories, jsonb_array_elements(sources) source
    ) returning id`);
  return rows.length;
}
