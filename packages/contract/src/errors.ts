import { z } from 'zod';

/** Every refusal the hub can give, once: code, HTTP status, and what to say when the rule says no more. */
export const hubErrors = {
  BAD_INPUT: { status: 400, message: 'The request is not valid.' },
  NOT_SIGNED_IN: { status: 401, message: 'Sign in, or send a token: authorization: Bearer hf_...' },
  TOKEN_EXPIRED: { status: 401, message: 'This token has expired or was revoked. Make a new one.' },
  WRONG_PASSWORD: { status: 401, message: 'The user name or the password is wrong.' },
  NOT_ALLOWED: { status: 403, message: 'Your role does not allow this.' },
  CONSENT_NEEDED: { status: 403, message: 'The data owner has not granted this use. Ask for access first.' },
  NOT_FOUND: { status: 404, message: 'There is no such thing, or you may not see it.' },
  CONFLICT: { status: 409, message: 'Something else changed this meanwhile. Read it again and retry.' },
  ALREADY_EXISTS: { status: 409, message: 'This name is taken.' },
  LEASE_LOST: {
    status: 409,
    message: 'This lease is over: another worker may have the job. Stop working on it.',
  },
  GONE: { status: 410, message: 'This was used or has expired. Ask for a new one.' },
  TOO_LARGE: { status: 413, message: 'This is larger than the hub accepts.' },
  CHECKSUM: { status: 422, message: 'The bytes that arrived are not the bytes announced. Send them again.' },
  TOO_MANY: { status: 429, message: 'Too many requests. Wait a moment and retry.' },
  INTERNAL: { status: 500, message: 'The hub failed. Its log has the details.' },
  UPSTREAM: { status: 502, message: 'The worker that serves this model failed.' },
  UNAVAILABLE: { status: 503, message: 'Not available right now. Retry in a moment.' },
  DISK_FULL: { status: 507, message: 'The hub has no disk space left. Free some, then retry.' },
} as const satisfies Record<string, { status: number; message: string }>;

export type HubErrorCode = keyof typeof hubErrors;

/** `field` names the input at fault; `hint` says what to do. */
export const errorDetails = z
  .object({ field: z.string().optional(), hint: z.string().optional() })
  .optional();
export type ErrorDetails = z.infer<typeof errorDetails>;

/** A refusal with a code of the table; `message` overrides the table's sentence. Carried to every protocol's edge. */
export class HubError extends Error {
  readonly code: HubErrorCode;
  readonly details: ErrorDetails;
  constructor(code: HubErrorCode, message?: string, details?: ErrorDetails) {
    super(message ?? hubErrors[code].message);
    this.name = 'HubError';
    this.code = code;
    this.details = details;
  }
  get status(): number {
    return hubErrors[this.code].status;
  }
}
