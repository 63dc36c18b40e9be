import { type Grant, HubError } from '@banyan/contract';
import { and, eq } from 'drizzle-orm';
import type { Context, Person } from '../context.ts';
import { record } from '../ledger/record.ts';
import { namespaces } from '../people/namespaces.ts';
import { hasRole, roleIn } from '../people/roles.ts';
import { authorizeRepository, authorizeSite, signedIn, visibleNamespaces } from '../policy.ts';
import { deed } from './deed.ts';
import {
  changeGrant,
  findGrant,
  type GrantRow,
  insertGrant,
  openGrant,
  presentGrant,
  resourceOf,
} from './store.ts';

export interface GrantRequest {
  resource: Grant['resource'];
  subject: Grant['subject'];
  purpose: string;
  algorithms?: string[] | undefined;
  until?: string | undefined;
}

/**
 * Asks for access for oneself, or for an organisation or project in which one is a contributor. Whoever looks after
 * the resource needs to ask nobody: their request is a grant.
 */
export async function requestGrant(ctx: Context, input: GrantRequest): Promise<Grant> {
  const me = signedIn(ctx, 'write');
  const resource = await findResource(ctx, input.resource);
  await requireSubject(ctx, me, input.subject);
  const until = readUntil(input.until);
  const state = resource.administer ? 'granted' : 'requested';
  const row = await ctx.db.transaction(async (tx) => {
    const open = await openGrant(tx, resource.reference, input.subject.slug, until);
    if (open)
      throw new HubError(
        'ALREADY_EXISTS',
        `"${input.subject.slug}" already has a ${open.state} access to this.`,
        {
          hint: open.state === 'requested' ? 'Its owner has yet to decide.' : 'See the list of grants.',
        },
      );
    const inserted = await insertGrant(tx, {
      ...resource.reference,
      subject: input.subject.slug,
      purpose: input.purpose,
      algorithms: input.algorithms,
      until,
      state,
      requestedBy: me.id,
      ...(state === 'granted' && { decidedBy: me.id, decidedAt: new Date() }),
    });
    if (state === 'granted') await ctx.events.publish(tx, { topic: 'job.queued', id: inserted.grant.id });
    await record(tx, {
      ...deed(me, inserted),
      action: state === 'granted' ? 'grant.grant' : 'grant.request',
    });
    return inserted;
  });
  return presentGrant(row);
}

export interface Decision {
  id: string;
  decision: 'grant' | 'deny';
  algorithms?: string[] | undefined;
  until?: string | undefined;
  note?: string | undefined;
}

/** Grants (perhaps fewer algorithms, or for a shorter time than asked) or denies a request that waits. */
export async function decideGrant(ctx: Context, input: Decision): Promise<Grant> {
  const { me, row } = await administered(ctx, input.id);
  const until = readUntil(input.until);
  const granted = input.decision === 'grant';
  const changed = await ctx.db.transaction(async (tx) => {
    const after = await changeGrant(tx, row.grant.id, 'requested', {
      state: granted ? 'granted' : 'denied',
      decidedBy: me.id,
      ...(input.algorithms && { algorithms: input.algorithms }),
      ...(until && { until }),
      ...(input.note !== undefined && { note: input.note }),
    });
    if (granted) await ctx.events.publish(tx, { topic: 'job.queued', id: after.grant.id });
    await record(tx, { ...deed(me, after), action: granted ? 'grant.grant' : 'grant.deny' });
    return after;
  });
  return presentGrant(changed);
}

/** Withdraws consent: what waits does not start, files are closed at once. */
export async function revokeGrant(
  ctx: Context,
  { id, note }: { id: string; note?: string | undefined },
): Promise<Grant> {
  const { me, row } = await administered(ctx, id);
  const changed = await ctx.db.transaction(async (tx) => {
    const after = await changeGrant(tx, row.grant.id, 'granted', {
      state: 'revoked',
      decidedBy: me.id,
      ...(note !== undefined && { note }),
    });
    await record(tx, { ...deed(me, after), action: 'grant.revoke' });
    return after;
  });
  return presentGrant(changed);
}

async function findResource(ctx: Context, resource: Grant['resource']) {
  if (resource.kind !== 'site') {
    const { repository, administer } = await authorizeRepository(ctx, resource.kind, resource.path, 'see');
    return { reference: { repository: repository.id }, administer };
  }
  const { site, administer } = await authorizeSite(ctx, resource.name, 'see');
  return { reference: { site: site.id }, administer };
}

async function requireSubject(ctx: Context, me: Person, { kind, slug }: Grant['subject']): Promise<void> {
  const [found] = await ctx.db
    .select()
    .from(namespaces)
    .where(and(eq(namespaces.slug, slug), eq(namespaces.kind, kind), visibleNamespaces(me)));
  if (!found)
    throw new HubError('NOT_FOUND', `There is no ${kind} "${slug}", or you may not see it.`, {
      field: 'subject',
    });
  if (!hasRole(await roleIn(ctx.db, me, slug), 'contributor'))
    throw new HubError('NOT_ALLOWED', `Only contributors of "${slug}" may ask for access in its name.`, {
      field: 'subject',
    });
}

/** The grant, if I look after its resource. A grant on what I cannot see is NOT_FOUND. */
async function administered(ctx: Context, id: string): Promise<{ me: Person; row: GrantRow }> {
  const me = signedIn(ctx, 'write');
  const row = await findGrant(ctx.db, id);
  if (!row) throw new HubError('NOT_FOUND', 'There is no such grant, or you may not see it.');
  const resource = resourceOf(row);
  if (resource.kind === 'site') await authorizeSite(ctx, resource.name, 'administer');
  else await authorizeRepository(ctx, resource.kind, resource.path, 'administer');
  return { me, row };
}

function readUntil(text: string | undefined): Date | undefined {
  if (text === undefined) return undefined;
  const until = new Date(text);
  if (until.getTime() <= Date.now())
    throw new HubError('BAD_INPUT', `until: ${text} is over already.`, { field: 'until' });
  return until;
}
