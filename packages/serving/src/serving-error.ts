/**
 * - `format`: the model folder is incomplete, damaged or of another kind
 * - `input`: a value, a size or an option of the request is wrong
 * - `missing-column`, `unknown-column`: the request lacks a column of the model, or names one it does not have
 * - `busy`: too much is waiting already; the same request may succeed a little later
 * - `not-generative`, `not-predictive`: this model does not do what was asked
 * - `closed`: the model was closed
 * - `runtime`: the model itself failed
 */
export type ServingErrorCode =
  | 'format'
  | 'input'
  | 'missing-column'
  | 'unknown-column'
  | 'busy'
  | 'not-generative'
  | 'not-predictive'
  | 'closed'
  | 'runtime';

/** The one error of this package. `message` is written for whoever sent the request, without paths or stack. */
export class ServingError extends Error {
  override readonly name = 'ServingError';
  readonly code: ServingErrorCode;

  constructor(code: ServingErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** A failure of the engine as ours; what already is a ServingError stays as it is. */
export function asServingError(cause: unknown): ServingError {
  if (cause instanceof ServingError) return cause;
  return new ServingError('runtime', `the model failed: ${reasonOf(cause)}`, { cause });
}

export const reasonOf = (cause: unknown): string => (cause instanceof Error ? cause.message : String(cause));
