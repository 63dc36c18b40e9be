import { HubError } from '@banyan/contract';
import { ORPCError, ValidationError } from '@orpc/server';
import type { Logger } from 'pino';

/**
 * Any failure as a refusal of the contract's table. What no rule foresaw becomes INTERNAL: its message goes to the
 * log, never to the client.
 */
export function asRefusal(error: unknown, log: Logger): HubError {
  if (error instanceof HubError) return error;
  if (error instanceof ORPCError) return ofRpc(error, log);
  if (!(error instanceof Error)) return unexpected(error, log);
  const known = ofCode(rootCause(error));
  if (known) {
    if (known.status >= 500) log.warn({ error: loggable(error) }, known.code);
    return known;
  }
  return ofStatus(error) ?? unexpected(error, log);
}

/** Drizzle wraps what PostgreSQL said, and its own message prints the parameters, secrets too: never log that one. */
function rootCause(error: Error): Error {
  return error.cause instanceof Error ? rootCause(error.cause) : error;
}

/** What may be logged of a failure. */
export function loggable(error: unknown): { message: string; stack?: string | undefined } {
  if (!(error instanceof Error)) return { message: String(error) };
  const { message, stack } = rootCause(error);
  return { message, stack };
}

function unexpected(error: unknown, log: Logger): HubError {
  log.error({ error: loggable(error) }, 'unexpected failure');
  return new HubError('INTERNAL');
}

const lostDatabase = new Set(
  'ECONNREFUSED ECONNRESET ENOENT EPIPE ETIMEDOUT 57P01 57P02 57P03 53300 55000 08000 08003 08006 08001 08004'.split(
    ' ',
  ),
);

/** By SQLSTATE (PostgreSQL's appendix A) or the system's error name. */
function ofCode(error: Error): HubError | undefined {
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  if (code === 'ENOSPC' || code === 'EDQUOT' || code === '53100') return new HubError('DISK_FULL');
  if (code === '40001' || code === '40P01') return new HubError('CONFLICT');
  if (code === '23505') return new HubError('ALREADY_EXISTS');
  if (code === '22021' || code === '22P05')
    return new HubError('BAD_INPUT', 'Text must not contain the character U+0000.');
  const fromPool = /^(Connection terminated|timeout exceeded when trying to connect|Client has encountered)/;
  const syscall = 'syscall' in error ? error.syscall : undefined;
  const database = code === 'ENOENT' ? syscall === 'connect' : lostDatabase.has(code);
  if (database || fromPool.test(error.message))
    return new HubError('UNAVAILABLE', 'The hub has lost its database.', {
      hint: 'Nothing that was acknowledged is lost. The hub reconnects by itself: retry in a moment.',
    });
  return undefined;
}

/** Fastify's own refusals (a body too large, JSON that does not parse) carry their status. */
function ofStatus(error: Error): HubError | undefined {
  const status = 'statusCode' in error ? error.statusCode : undefined;
  if (status === 413) return new HubError('TOO_LARGE');
  if (status === 429) return new HubError('TOO_MANY');
  if (status === 404) return new HubError('NOT_FOUND');
  return typeof status === 'number' && status >= 400 && status < 500
    ? new HubError('BAD_INPUT', error.message)
    : undefined;
}

function ofRpc(error: ORPCError<string, unknown>, log: Logger): HubError {
  if (error.code !== 'BAD_REQUEST') return unexpected(error.cause ?? error, log);
  if (!(error.cause instanceof ValidationError))
    return new HubError(
      'BAD_INPUT',
      'The request is not valid JSON, or its content-type is not application/json.',
    );
  const [issue] = error.cause.issues;
  const field = issue?.path?.map((part) => String(typeof part === 'object' ? part.key : part)).join('.');
  const message = issue?.message ?? 'not valid';
  return field
    ? new HubError('BAD_INPUT', `${field}: ${message}`, { field })
    : new HubError('BAD_INPUT', message);
}

/** The body of a refusal, on plain routes and under `/api/v1` alike. */
export function refusalBody({ code, status, message, details }: HubError) {
  return { defined: true, code, status, message, ...(details && { data: details }) };
}
