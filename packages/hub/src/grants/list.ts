import type { Grant } from '@banyan/contract';
import { and, eq, isNull, or, sql } from 'drizzle-orm';
import type { Context } from '../context.ts';
import { idCursor, toPage } from '../db/page.ts';
import { namespacesOf } from '../people/roles.ts';
import { signedIn } from '../policy.ts';
import { isCalled } from '../repositories/called.ts';
import { repositories } from '../repositories/table.ts';
import { sites } from '../sites/table.ts';
import { beforeGrant, inState, presentGrant, selectGrants } from './store.ts';
import { grants } from './table.ts';

export interface GrantQuery {
  limit: number;
  cursor?: string | undefined;
  dataset?: string | undefined;
  model?: string | undefined;
  site?: string | undefined;
  subject?: string | undefined;
  state?: Grant['state'] | undefined;
}

/** Grants on what I look after, and those that I or my organisations and projects asked for or hold. */
export async function listGrants(ctx: Context, query: GrantQuery) {
  const me = signedIn(ctx);
  const run = namespacesOf(me, 'maintainer');
  const mine = or(
    sql`${repositories.namespace} in ${run}`,
    sql`${sites.organisation} in ${run}`,
    me.administrator ? isNull(grants.repository) : undefined,
    sql`${grants.subject} in ${namespacesOf(me)}`,
    eq(grants.requestedBy, me.id),
  );
  const { limit, dataset, model, site, subject, state } = query;
  const cursor = idCursor(query.cursor);
  const rows = await selectGrants(
    ctx.db,
    and(
      mine,
      dataset === undefined ? undefined : isCalled('dataset', dataset),
      model === undefined ? undefined : isCalled('model', model),
      site === undefined ? undefined : eq(sites.name, site),
      subject === undefined ? undefined : eq(grants.subject, subject),
      state && inState(state),
      cursor === undefined ? undefined : beforeGrant(cursor),
    ),
    limit + 1,
  );
  return toPage(rows, limit, (row) => row.grant.id, presentGrant);
}
