import { asHubError, type HubError } from '@banyan/contract';

/** The hub's own refusal inside what was thrown; undefined for a broken connection or a fault of this page. */
export function hubErrorOf(error: unknown): HubError | undefined {
  try {
    return asHubError(error);
  } catch {
    return undefined;
  }
}

export interface Failure {
  message: string;
  hint?: string;
  field?: string;
  signedOut: boolean;
}

/** What to tell a person: the hub's sentence and hint, or that the hub cannot be reached. */
export function describeFailure(error: unknown): Failure {
  const refusal = hubErrorOf(error);
  if (refusal !== undefined) {
    const { hint, field } = refusal.details ?? {};
    return {
      message: refusal.message,
      ...(hint === undefined ? {} : { hint }),
      ...(field === undefined ? {} : { field }),
      signedOut: refusal.code === 'NOT_SIGNED_IN',
    };
  }
  // fetch reports a refused or broken connection as a TypeError, with a message that differs by browser.
  if (error instanceof TypeError)
    return {
      message: 'The hub does not answer.',
      hint: 'Check that it is running and that you are online, then try again.',
      signedOut: false,
    };
  return {
    message: error instanceof Error ? error.message : 'Something failed in this page.',
    signedOut: false,
  };
}
