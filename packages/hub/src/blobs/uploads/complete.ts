import { rm } from 'node:fs/promises';
import { HubError } from '@banyan/contract';
import { eq } from 'drizzle-orm';
import { keep } from '../blobs.ts';
import type { Stored } from '../store.ts';
import { forgetProgress, progressOf } from './progress.ts';
import {
  cancelUpload,
  fileOf,
  findSession,
  partsOf,
  receivedParts,
  type SessionRow,
  type Stores,
} from './sessions.ts';
import { uploadSessions } from './table.ts';

const running = new Map<string, Promise<Stored>>();

/**
 * Makes the parts a blob, which the uploader may commit from now on. Asked again, also while the first is at it or after
 * its answer was lost, it answers the same. Throws BAD_INPUT when parts are missing; CHECKSUM when the bytes are not those
 * announced (the upload is dropped then); DISK_FULL, UNAVAILABLE, NOT_FOUND, GONE.
 */
export function completeUpload(services: Stores, id: string): Promise<Stored> {
  const other = running.get(id);
  if (other) return other;
  const mine = complete(services, id).finally(() => running.delete(id));
  running.set(id, mine);
  return mine;
}

async function complete(services: Stores, id: string): Promise<Stored> {
  const session = await findSession(services, id);
  const { sizeBytes } = session;
  if (session.completedAt && session.sha256 !== null) return { sha256: session.sha256, sizeBytes };
  const received = await receivedParts(services, id);
  refuseMissing(session, received);
  const sha256 =
    session.verifiedAt && session.sha256 ? session.sha256 : await verify(services, session, received);
  const stored = { sha256, sizeBytes };
  // A hub may have been killed after the store had taken the file, before it said so.
  const taken = session.verifiedAt !== null && (await services.blobs.sizeBytes(sha256)) === sizeBytes;
  if (!taken) await services.blobs.adopt(fileOf(services, id), stored);
  await keep(services, session.uploader, stored, (tx) =>
    tx.update(uploadSessions).set({ completedAt: new Date() }).where(eq(uploadSessions.id, id)),
  );
  await rm(fileOf(services, id), { force: true });
  forgetProgress(id);
  return stored;
}

async function verify(services: Stores, session: SessionRow, received: number[]): Promise<string> {
  const { id } = session;
  const progress = progressOf({ ...session, file: fileOf(services, id) }, received);
  const sha256 = await progress.digest(received.length);
  if (session.sha256 !== null && session.sha256 !== sha256) {
    await cancelUpload(services, id);
    throw new HubError(
      'CHECKSUM',
      `The bytes that arrived have the sha256 ${sha256}, not ${session.sha256}.`,
      { hint: 'The upload was dropped. Begin it again.' },
    );
  }
  const [row] = await services.db
    .update(uploadSessions)
    .set({ sha256, verifiedAt: new Date() })
    .where(eq(uploadSessions.id, id))
    .returning();
  if (!row) throw new HubError('NOT_FOUND', 'This upload was cancelled meanwhile.');
  return sha256;
}

function refuseMissing(session: SessionRow, received: number[]): void {
  const parts = partsOf(session);
  if (received.length === parts) return;
  const here = new Set(received);
  const missing: number[] = [];
  for (let number = 1; number <= parts && missing.length < 10; number++)
    if (!here.has(number)) missing.push(number);
  throw new HubError(
    'BAD_INPUT',
    `Parts are missing: ${missing.join(', ')}${
      parts - received.length > missing.length ? ' and more' : ''
    } of ${parts}.`,
  );
}
