import type { HubError, HubErrorCode } from '@banyan/contract';

/** What went wrong, in the words of Hugging Face's datasets viewer: they travel as `X-Error-Code`. */
export interface ViewerFailure {
  status: number;
  code:
    | 'MissingRequiredParameter'
    | 'InvalidParameter'
    | 'ResponseNotReady'
    | 'ResponseNotFound'
    | 'ExternalUnauthenticatedError'
    | 'ExternalAuthenticatedError'
    | 'UnexpectedError';
  message: string;
}

/** A request that this protocol refuses on its own. */
export class ViewerError extends Error {
  readonly failure: ViewerFailure;
  constructor(failure: ViewerFailure) {
    super(failure.message);
    this.failure = failure;
  }
}

export const missingParameter = (name: string): ViewerError =>
  new ViewerError({
    status: 422,
    code: 'MissingRequiredParameter',
    message: `Parameter '${name}' is required`,
  });

export const notReady = (
  message = 'The server is busier than usual and the response is not ready yet. Please retry later.',
) => new ViewerError({ status: 500, code: 'ResponseNotReady', message });

const codes: Partial<Record<HubErrorCode, Pick<ViewerFailure, 'status' | 'code'>>> = {
  NOT_SIGNED_IN: { status: 401, code: 'ExternalUnauthenticatedError' },
  TOKEN_EXPIRED: { status: 401, code: 'ExternalUnauthenticatedError' },
  NOT_ALLOWED: { status: 401, code: 'ExternalUnauthenticatedError' },
  CONSENT_NEEDED: { status: 404, code: 'ExternalAuthenticatedError' },
  NOT_FOUND: { status: 404, code: 'ResponseNotFound' },
  BAD_INPUT: { status: 422, code: 'InvalidParameter' },
  TOO_MANY: { status: 429, code: 'UnexpectedError' },
  UNAVAILABLE: { status: 500, code: 'ResponseNotReady' },
};

export const viewerFailure = ({ code, message }: HubError): ViewerFailure => ({
  status: 500,
  code: 'UnexpectedError',
  ...codes[code],
  message,
});
