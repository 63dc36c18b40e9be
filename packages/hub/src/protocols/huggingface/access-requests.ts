import { type Grant, HubError, type RepositoryKind } from '@banyan/contract';
import { inArray } from 'drizzle-orm';
import { z } from 'zod';
import { readInput } from '../../blobs/input.ts';
import type { Context } from '../../context.ts';
import { giveGrant } from '../../grants/give.ts';
import { decideGrant, requestGrant, revokeGrant } from '../../grants/grants.ts';
import { listGrants } from '../../grants/list.ts';
import { people } from '../../people/table.ts';
import { signedIn } from '../../policy.ts';
import { pathOf } from '../../repositories/store.ts';
import { type Address, open } from './addresses.ts';

/**
 * Hugging Face's access requests are our grants: a request is pending until its owner grants (accepted) or denies it
 * (rejected); what was granted and withdrawn again is rejected too.
 */
const stateNames = {
  pending: ['requested'],
  accepted: ['granted'],
  rejected: ['denied', 'revoked'],
} as const;
const status = z.enum(['pending', 'accepted', 'rejected']);
type Status = z.infer<typeof status>;

const pageSize = 100;

export async function listAccessRequests(ctx: Context, address: Address, wanted: string, cursor?: string) {
  const gated = await openGated(ctx, address);
  const state = readInput(status, wanted);
  const names = stateNames[state];
  // Each page is of one state; a list of two states goes through the first, then through the second.
  const [index = '0', after] = cursor?.split(' ') ?? [];
  const at = Number(index);
  const current = names[at];
  if (current === undefined) throw new HubError('BAD_INPUT', 'This cursor is not from a list of mine.');
  const page = await listGrants(ctx, { limit: pageSize, cursor: after, ...on(gated), state: current });
  const further = page.nextCursor === undefined ? nextState(at, names.length) : `${at} ${page.nextCursor}`;
  const fullNameOf = await fullNames(ctx, page.items.map(userOf));
  return {
    items: page.items.map((grant) => ({
      requestId: grant.id,
      user: { user: userOf(grant), fullname: fullNameOf.get(userOf(grant)) ?? userOf(grant) },
      status: state,
      timestamp: grant.createdAt,
      fields: {
        purpose: grant.purpose,
        ...(grant.subject.kind !== 'person' && { [grant.subject.kind]: grant.subject.slug }),
      },
    })),
    next: further,
  };
}

const nextState = (at: number, states: number): string | undefined =>
  at + 1 < states ? String(at + 1) : undefined;

const userOf = ({ subject, requestedBy }: Grant): string =>
  subject.kind === 'person' ? subject.slug : requestedBy;

async function fullNames(ctx: Context, usernames: string[]): Promise<Map<string, string>> {
  const rows = await ctx.db
    .select({ username: people.username, name: people.name })
    .from(people)
    .where(inArray(people.username, usernames));
  return new Map(rows.map((row) => [row.username, row.name]));
}

const handling = z.object({
  user: z.string().optional(),
  requestId: z.uuid().optional(),
  status,
  rejectionReason: z.string().max(200).optional(),
});

/** Accepts, rejects or cancels. What was cancelled does not wait again: only the person themselves can ask. */
export async function handleAccessRequest(ctx: Context, address: Address, body: unknown): Promise<void> {
  const { user, requestId, status: wanted, rejectionReason } = readInput(handling, body);
  const gated = await openGated(ctx, address);
  const grants = await findRequests(ctx, gated, { user, requestId });
  // One person may have several: what waits is decided first, and what is withdrawn is withdrawn whole.
  const of = (status: Status) => grants.find((one) => statusOf(one) === status);
  const grant = (wanted === 'accepted' ? of('pending') : (of('accepted') ?? of('pending'))) ?? grants[0];
  if (grant === undefined)
    throw new HubError('NOT_FOUND', `There is no access request of "${user ?? requestId}".`, {
      field: 'user',
    });
  const now = statusOf(grant);
  if (now === wanted)
    throw new HubError('NOT_FOUND', `This request is ${wanted} already.`, { field: 'status' });
  if (now === 'pending')
    await decideGrant(ctx, {
      id: grant.id,
      decision: wanted === 'accepted' ? 'grant' : 'deny',
      ...(rejectionReason !== undefined && { note: rejectionReason }),
    });
  else if (now === 'accepted') {
    for (const one of grants)
      if (statusOf(one) === 'accepted') await revokeGrant(ctx, { id: one.id, note: rejectionReason });
  } else if (wanted === 'accepted')
    await giveGrant(ctx, { ...gated, username: userOf(grant), purpose: grant.purpose });
  else
    throw new HubError(
      'BAD_INPUT',
      'What was rejected can be accepted, or asked for again; it cannot wait again.',
      {
        field: 'status',
      },
    );
}

export async function giveAccess(ctx: Context, address: Address, body: unknown) {
  const { user } = readInput(z.object({ user: z.string() }), body);
  const gated = await openGated(ctx, address);
  await giveGrant(ctx, { ...gated, username: user, purpose: 'Given by its owner' }).catch(
    (error: unknown) => {
      // Their protocol calls this a bad request.
      if (error instanceof HubError && error.code === 'ALREADY_EXISTS')
        throw new HubError('BAD_INPUT', error.message, { field: 'user' });
      throw error;
    },
  );
  return {};
}

/** The form on the page of a gated repository. */
export async function askAccess(ctx: Context, address: Address, body: unknown): Promise<void> {
  const me = signedIn(ctx, 'write');
  const { purpose } = readInput(z.object({ purpose: z.string().min(1).max(500).optional() }), body ?? {});
  const { repository } = await open(ctx, address, 'see');
  await requestGrant(ctx, {
    resource: { kind: repository.kind, path: pathOf(repository) },
    subject: { kind: 'person', slug: me.username },
    purpose: purpose ?? 'To read its files',
  });
}

interface Gated {
  kind: RepositoryKind;
  path: string;
}

/** Their lists and decisions need a gated repository that I look after. */
async function openGated(ctx: Context, address: Address): Promise<Gated> {
  const { repository } = await open(ctx, address, 'administer');
  const { kind, visibility } = repository;
  if (visibility !== 'gated')
    throw new HubError('BAD_INPUT', `"${pathOf(repository)}" is not a gated ${kind}.`);
  return { kind, path: pathOf(repository) };
}

/** As a filter of our list. */
const on = ({ kind, path }: Gated) => (kind === 'model' ? { model: path } : { dataset: path });

/** The newest first. */
async function findRequests(
  ctx: Context,
  gated: Gated,
  { user, requestId }: { user?: string | undefined; requestId?: string | undefined },
): Promise<Grant[]> {
  const found: Grant[] = [];
  for (let cursor: string | undefined; ; ) {
    const page = await listGrants(ctx, { limit: pageSize, cursor, ...on(gated) });
    for (const grant of page.items)
      if (requestId === undefined ? userOf(grant) === user : grant.id === requestId) found.push(grant);
    if (page.nextCursor === undefined) return found;
    cursor = page.nextCursor;
  }
}

const statusOf = ({ state }: Grant): Status =>
  state === 'requested' ? 'pending' : state === 'granted' ? 'accepted' : 'rejected';
