import { asHubError, type HubError } from '@banyan/contract';

export const exitCodes = { refused: 1, usage: 2, interrupted: 130 } as const;

/** Something the command line itself refuses: one line, what to do, and the exit code. */
export class CliError extends Error {
  override readonly name = 'CliError';
  readonly code: string;
  readonly hint: string | undefined;
  readonly exitCode: number;

  constructor(
    message: string,
    {
      code = 'REFUSED',
      hint,
      exitCode = exitCodes.refused,
    }: { code?: string; hint?: string; exitCode?: number } = {},
  ) {
    super(message);
    this.code = code;
    this.hint = hint;
    this.exitCode = exitCode;
  }
}

export const usageError = (message: string, hint?: string): CliError =>
  new CliError(message, {
    code: 'USAGE',
    exitCode: exitCodes.usage,
    ...(hint === undefined ? {} : { hint }),
  });

/** Exit code and words for anything that was thrown; `url` is the hub that was spoken to. */
export function describeRefusal(error: unknown, url?: string): CliError {
  if (error instanceof CliError) return error;
  let refusal: HubError | undefined;
  try {
    refusal = asHubError(error);
  } catch {
    return describeOther(error, url);
  }
  // The hub says what is to be done, this table with which command: consent needs both.
  const command = hints[refusal.code];
  const hint =
    refusal.code === 'CONSENT_NEEDED'
      ? [refusal.details?.hint, command].filter(Boolean).join(' ')
      : (refusal.details?.hint ?? command);
  const field = refusal.details?.field;
  return new CliError(field === undefined ? refusal.message : `${field}: ${refusal.message}`, {
    code: refusal.code,
    ...(hint === undefined ? {} : { hint }),
  });
}

const hints: Partial<Record<HubError['code'], string>> = {
  NOT_SIGNED_IN: 'banyan login URL --token hf_...',
  TOKEN_EXPIRED: 'Make a new token in the web app under your profile, then: banyan login URL --token hf_...',
  CONSENT_NEEDED:
    'banyan access request NAMESPACE/NAME [--model] --project PROJECT --purpose "..." --accept-terms',
  NOT_FOUND: 'Check the spelling, and with "banyan whoami" that you are signed in as the right person.',
};

function describeOther(error: unknown, url: string | undefined): CliError {
  if (!(error instanceof Error)) return new CliError(String(error));
  if (isNetworkFailure(error)) {
    const cause = networkCause(error);
    return new CliError(`Cannot reach the hub${url === undefined ? '' : ` at ${url}`}: ${cause}.`, {
      code: 'UNREACHABLE',
      hint: 'Is it running (npm start), and is the address right (banyan whoami, BANYAN_URL)?',
    });
  }
  const code = (error as NodeJS.ErrnoException).code;
  if (code === 'ENOENT')
    return new CliError(`There is no file ${(error as NodeJS.ErrnoException).path ?? ''}.`, { code });
  if (code === 'EACCES' || code === 'EPERM')
    return new CliError(
      `You may not read or write ${(error as NodeJS.ErrnoException).path ?? 'this file'}.`,
      {
        code,
      },
    );
  if (code === 'ENOSPC')
    return new CliError('The disk is full.', { code, hint: 'Free some space, then try again.' });
  return new CliError(error.message, { code: 'FAILED' });
}

export const isNetworkFailure = (error: unknown): boolean =>
  error instanceof TypeError && /fetch failed|terminated|network/i.test(error.message);

function networkCause(error: Error): string {
  const cause = error.cause;
  if (cause instanceof AggregateError && cause.errors[0] instanceof Error) return cause.errors[0].message;
  return cause instanceof Error ? cause.message : error.message;
}
