import { asHubError, type HubErrorCode } from '@banyan/contract';
import { expect } from 'vitest';

/** Expects a call to be refused with a code, and with these details. */
export async function refused(
  code: HubErrorCode,
  call: Promise<unknown>,
  details?: { field?: string },
): Promise<void> {
  const error = await call.then(
    () => undefined,
    (thrown: unknown) => asHubError(thrown),
  );
  expect({ code: error?.code, details: error?.details }).toMatchObject({ code, ...(details && { details }) });
}
