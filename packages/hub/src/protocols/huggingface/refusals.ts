import type { HubError } from '@banyan/contract';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Logger } from 'pino';
import { asRefusal } from '../../failures.ts';

/** What clients of Hugging Face's hub understand: `{ error }`, and headers, the only thing a HEAD can carry. */
export function sendRefusal(
  log: Logger,
  error: unknown,
  request: FastifyRequest,
  reply: FastifyReply,
): FastifyReply {
  const refusal = asRefusal(error, log.child({ request: request.id }));
  const { field, hint } = refusal.details ?? {};
  const message = hint === undefined ? refusal.message : `${refusal.message} ${hint}`;
  const code = errorCode(refusal, request);
  if (code !== undefined) reply.header('x-error-code', code);
  reply.header(
    'x-error-message',
    credentialsAreWrong(refusal, request) ? wrongCredentials : printable(message),
  );
  // Git LFS asks a person for name and token when it sees this.
  if (refusal.status === 401 && request.url.includes('/info/lfs/'))
    reply.header('www-authenticate', 'Basic realm="banyan"');
  // What was sent and is not read stops a client that hears only when it has sent all.
  if (!request.raw.readableEnded) request.raw.resume();
  return reply
    .removeHeader('content-length')
    .removeHeader('content-range')
    .removeHeader('etag')
    .type('application/json')
    .status(statusOf(refusal, request))
    .send({ error: message, code: refusal.code, ...(field !== undefined && { field }) });
}

/** The exact words by which the client tells a bad token from a repository that is not there. */
const wrongCredentials = 'Invalid credentials in Authorization header';

const credentialsAreWrong = ({ status }: HubError, { headers }: FastifyRequest): boolean =>
  status === 401 && headers.authorization !== undefined;

/** Names that make a client's own error class: RepositoryNotFoundError, RevisionNotFoundError, ... */
function errorCode(refusal: HubError, request: FastifyRequest): string | undefined {
  if (refusal.code === 'CONSENT_NEEDED') return 'GatedRepo';
  if (refusal.status === 401)
    return ofRepository(request) && !credentialsAreWrong(refusal, request) ? 'RepoNotFound' : undefined;
  if (refusal.code !== 'NOT_FOUND') return undefined;
  const { field } = refusal.details ?? {};
  if (field === 'revision') return 'RevisionNotFound';
  if (field === 'path') return 'EntryNotFound';
  return field === undefined && ofRepository(request) ? 'RepoNotFound' : undefined;
}

/** A commit on an outdated parent is a failed precondition in their protocol, which they retry. */
const statusOf = ({ code, status, details }: HubError, request: FastifyRequest): number =>
  code === 'CONFLICT' && details?.field === 'parent' && request.method === 'POST' ? 412 : status;

const ofRepository = ({ routeOptions: { url = '' } }: FastifyRequest): boolean =>
  url.includes(':name') || url.startsWith('/api/repos/');

/** Header values are one line of Latin letters. */
export const printable = (text: string): string => text.replaceAll(/[^\u0020-\u007e]+/g, ' ').slice(0, 500);
