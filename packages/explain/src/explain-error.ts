/** What was asked cannot be explained; the message says what to change. */
export class ExplainError extends Error {
  override readonly name = 'ExplainError';
  /** `input`: what the caller gave does not fit; `model`: the model has no gradient here, or answers no number. */
  readonly code: 'input' | 'model';

  constructor(code: ExplainError['code'], message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
