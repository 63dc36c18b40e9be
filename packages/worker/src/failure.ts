import { HubError } from '@banyan/contract';
import { describeNetworkFailure } from './retry.ts';

/** How a job's failure is told to people: what happened and what to do, never a stack. */
export interface Failure {
  code: string;
  message: string;
  /** Whether the same job may well succeed next time. */
  retry: boolean;
}

/** A failure whose sentence was written for people, thrown by the jobs themselves. */
export class JobError extends Error {
  override readonly name = 'JobError';
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}

const prefixes: Record<string, string> = {
  JobError: '',
  DataError: 'DATA_',
  AlgorithmError: 'ALGORITHM_',
  EngineError: 'ENGINE_',
  ExplainError: 'EXPLAIN_',
  ServingError: 'SERVING_',
  QueryError: 'QUERY_',
};

/** Turns what was thrown into a job's failure. */
export function describeFailure(error: unknown): Failure {
  if (!(error instanceof Error)) return { code: 'FAILED', message: String(error), retry: false };
  if (error instanceof HubError)
    return { code: error.code, message: withHint(error), retry: error.code === 'CHECKSUM' };
  const code = (error as { code?: unknown }).code;
  if (code === 'ENOSPC' || code === 'EDQUOT' || (code === 'disk' && error.name === 'DataError'))
    return {
      code: 'DISK_FULL',
      message:
        'The disk of the worker is full. Free some space there (its cache is in BANYAN_WORKER_HOME), then start the job again.',
      retry: false,
    };
  if (code === 'not-finite')
    return {
      code: 'NOT_FINITE',
      message: `${error.message} The training diverged: lower learningRate (try a tenth), clip gradients (clipNorm: 1), or look for extreme values in the data.`,
      retry: false,
    };
  if (code === 'ERR_WORKER_OUT_OF_MEMORY')
    return {
      code: 'OUT_OF_MEMORY',
      message: 'The job needs more memory than the worker has. Use a smaller batch or fewer rows.',
      retry: false,
    };
  if (error.name === 'ZodError') return { code: 'BAD_INPUT', message: describeIssues(error), retry: false };
  const prefix = prefixes[error.name];
  if (prefix !== undefined && typeof code === 'string')
    return {
      code: `${prefix}${code.toUpperCase().replaceAll('-', '_')}`,
      message: sentence(error.message),
      retry: false,
    };
  if (error instanceof TypeError && error.message === 'fetch failed')
    return {
      code: 'NETWORK',
      message: `The hub could not be reached: ${describeNetworkFailure(error)}.`,
      retry: true,
    };
  return { code: 'FAILED', message: sentence(error.message), retry: false };
}

const withHint = (error: HubError): string =>
  error.details?.hint === undefined ? error.message : `${error.message} ${error.details.hint}`;

const sentence = (text: string): string => (/[.!?]$/.test(text) ? text : `${text}.`);

function describeIssues(error: Error): string {
  const { issues = [] } = error as { issues?: { path: PropertyKey[]; message: string }[] };
  return issues.map(({ path, message }) => `${path.map(String).join('.') || 'value'}: ${message}`).join('; ');
}
