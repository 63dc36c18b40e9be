import path from 'node:path';
import type { ClientConfig } from 'pg';
import type { Logger } from 'pino';
import { openDiskStore } from './blobs/disk.ts';
import type { BlobStore } from './blobs/store.ts';
import type { Config } from './config.ts';
import type { Services } from './context.ts';
import { openDatabase } from './db/connection.ts';
import { migrate } from './db/migrate.ts';
import { createTunnels } from './deployments/tunnels.ts';
import { openEvents } from './events.ts';
import { createAttempts } from './people/attempts.ts';
import { ensureLocalSite } from './sites/sites.ts';

/** Brings the database up to date and opens what every rule needs. */
export async function openServices(config: Config, connection: ClientConfig, log: Logger): Promise<Services> {
  await migrate(connection);
  const db = openDatabase(connection, log);
  try {
    await ensureLocalSite(db);
    return {
      db,
      blobs: await openBlobs(config),
      events: await openEvents(db, connection, log),
      tunnels: createTunnels(),
      config,
      log,
      signIns: createAttempts({ windowMs: 15 * 60_000 }),
    };
  } catch (error) {
    await db.$client.end();
    throw error;
  }
}

async function openBlobs({ home, blobs }: Config): Promise<BlobStore> {
  if (!blobs) return openDiskStore(path.join(home, 'blobs'));
  // Loaded where it is used: the AWS SDK takes a while.
  const { openS3Store } = await import('./blobs/s3.ts');
  return openS3Store(blobs, path.join(home, 'spool'));
}

export async function closeServices({ db, events, tunnels }: Services): Promise<void> {
  tunnels.closeAll();
  await events.close();
  await db.$client.end();
}
