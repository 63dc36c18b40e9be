import { createHash } from 'node:crypto';
import { createReadStream, openAsBlob } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { refuse } from '@banyan/contract';
import type { Crew, Lease } from './crew.ts';
import { persist } from './retry.ts';

export interface OutputFile {
  /** Inside the repository that the hub commits to. */
  path: string;
  /** On this machine. */
  file: string;
}

/** Uploads a job's files and answers their content addresses. */
export async function uploadFiles(
  crew: Crew,
  lease: Lease,
  files: readonly OutputFile[],
  signal: AbortSignal,
): Promise<{ path: string; sha256: string }[]> {
  const uploaded = [];
  for (const { path, file } of files) {
    const hash = createHash('sha256');
    await pipeline(createReadStream(file, { highWaterMark: 1 << 20 }), hash);
    const sha256 = hash.digest('hex');
    await put(crew, lease, sha256, await openAsBlob(file), signal);
    uploaded.push({ path, sha256 });
  }
  return uploaded;
}

/** Uploads bytes and answers their sha256. */
export async function uploadBytes(
  crew: Crew,
  lease: Lease,
  bytes: Uint8Array<ArrayBuffer>,
  signal: AbortSignal,
): Promise<string> {
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  await put(crew, lease, sha256, bytes, signal);
  return sha256;
}

const put = (
  { settings }: Crew,
  lease: Lease,
  sha256: string,
  body: Blob | Uint8Array<ArrayBuffer>,
  signal: AbortSignal,
): Promise<void> =>
  persist(
    async () => {
      const response = await fetch(`${settings.url}/api/jobs/${lease.id}/blobs/${sha256}`, {
        method: 'PUT',
        headers: {
          authorization: `Bearer ${settings.token}`,
          'x-lease-token': lease.leaseToken,
          'content-type': 'application/octet-stream',
        },
        body,
        signal,
      });
      await refuse(response);
      await response.body?.cancel();
    },
    { signal },
  );
