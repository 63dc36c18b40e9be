import { createHmac, timingSafeEqual } from 'node:crypto';

/**
 * The address of a blob for one lease, relative to the hub. It is signed with the lease's own token, which the hub
 * reads again when it is used: the address opens nothing once the lease is over, and never what the lease was not given
 * (jobs/given.ts): `path` says where in the lease's inputs the bytes are.
 */
export function signedUrl(
  { sha256, path }: { sha256: string; path?: string },
  job: string,
  leaseToken: string,
): string {
  const query = new URLSearchParams({
    job,
    signature: sign(sha256, job, leaseToken),
    ...(path !== undefined && { path }),
  });
  return `/api/blobs/${sha256}?${query}`;
}

export function signatureFits(signature: string, sha256: string, job: string, leaseToken: string): boolean {
  const [given, right] = [Buffer.from(signature), Buffer.from(sign(sha256, job, leaseToken))];
  return given.length === right.length && timingSafeEqual(given, right);
}

const sign = (sha256: string, job: string, leaseToken: string): string =>
  createHmac('sha256', leaseToken).update(`${job} ${sha256}`).digest('base64url');
