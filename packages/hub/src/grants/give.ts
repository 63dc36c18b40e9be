import { type Grant, HubError, type RepositoryKind } from '@banyan/contract';
import type { Context } from '../context.ts';
import { record } from '../ledger/record.ts';
import { findPerson } from '../people/store.ts';
import { authorizeRepository, signedIn } from '../policy.ts';
import { deed } from './deed.ts';
import { insertGrant, openGrant, presentGrant } from './store.ts';

/**
 * Lets a person use a dataset or a model without their having asked: by maintainers of its namespace. Throws NOT_FOUND for a
 * person who is not here, ALREADY_EXISTS for one who has access or whose request waits.
 */
export async function giveGrant(
  ctx: Context,
  {
    kind,
    path,
    username,
    purpose,
  }: { kind: RepositoryKind; path: string; username: string; purpose: string },
): Promise<Grant> {
  const me = signedIn(ctx, 'write');
  const { repository } = await authorizeRepository(ctx, kind, path, 'administer');
  const person = await findPerson(ctx.db, username);
  if (!person)
    throw new HubError('NOT_FOUND', `There is nobody called "${username}" here.`, { field: 'user' });
  const row = await ctx.db.transaction(async (tx) => {
    const open = await openGrant(tx, { repository: repository.id }, username, undefined);
    if (open)
      throw new HubError('ALREADY_EXISTS', `"${username}" already has a ${open.state} access to this.`);
    const inserted = await insertGrant(tx, {
      repository: repository.id,
      subject: username,
      purpose,
      state: 'granted',
      requestedBy: me.id,
      decidedBy: me.id,
      decidedAt: new Date(),
    });
    await ctx.events.publish(tx, { topic: 'job.queued', id: inserted.grant.id });
    await record(tx, { ...deed(me, inserted), action: 'grant.grant' });
    return inserted;
  });
  return presentGrant(row);
}
