import { HubError } from '@banyan/contract';
import { eq } from 'drizzle-orm';
import type { Context, Person, Services } from '../../context.ts';
import { people } from '../../people/table.ts';
import {
  type Authorized,
  type RepositoryAccess,
  type RepositoryRow,
  repositoryAccess,
  signedIn,
} from '../../policy.ts';
import { repositories } from '../../repositories/table.ts';
import { signToken, verifyToken } from '../signing.ts';

const purpose = 'xet';
const secondsValid = 3600;

/**
 * A token for the routes below `/xet`: one person's, for one repository. `exp` is in seconds since 1970. Whoever may read
 * the repository may bring bytes for a pull request (`pull`).
 */
export async function issueXetToken(
  ctx: Context,
  { repository, write }: { repository: Authorized<RepositoryAccess>; write: boolean | 'pull' },
): Promise<{ casUrl: string; accessToken: string; exp: number }> {
  const me = signedIn(ctx, write === false ? 'read' : 'write');
  if (!repository[needOf(write)]) throw new HubError('NOT_ALLOWED', repository.reason);
  const { token, exp } = await signToken(ctx, {
    purpose,
    expiresInSeconds: secondsValid,
    claims: {
      person: me.id,
      repository: repository.repository.id,
      ...(write !== false && { write: write === 'pull' ? write : 'yes' }),
    },
  });
  return { casUrl: `${ctx.config.publicUrl}/xet`, accessToken: token, exp };
}

const needOf = (write: boolean | 'pull'): 'read' | 'write' => (write === true ? 'write' : 'read');

export interface XetAccess {
  person: Person;
  repository: RepositoryRow;
}

/**
 * Who holds a token, and for which repository: what they may do is asked again each time, since rights end sooner than
 * tokens. Throws NOT_SIGNED_IN, TOKEN_EXPIRED, NOT_ALLOWED.
 */
export async function xetAccess(
  services: Services,
  authorization: string | undefined,
  need: 'read' | 'write',
): Promise<XetAccess> {
  const [, token] = /^Bearer\s+(\S+)$/i.exec(authorization ?? '') ?? [];
  if (token === undefined) throw new HubError('NOT_SIGNED_IN');
  const claims = await verifyToken(services, token, purpose);
  const [[row], [repository]] = await Promise.all([
    services.db
      .select()
      .from(people)
      .where(eq(people.id, claims.person ?? '')),
    services.db
      .select()
      .from(repositories)
      .where(eq(repositories.id, claims.repository ?? '')),
  ]);
  if (!row || !repository) throw new HubError('TOKEN_EXPIRED');
  const write = claims.write === 'pull' ? 'pull' : claims.write === 'yes';
  const scope = write === false ? 'read' : 'write';
  const { id, username, administrator } = row;
  const person: Person = { kind: 'person', id, username, administrator, scope };
  const access = await repositoryAccess(services.db, person, repository);
  const allowed = need === 'read' ? access.read : write !== false && access[needOf(write)];
  if (!allowed) throw new HubError('NOT_ALLOWED', access.reason);
  return { person, repository };
}
