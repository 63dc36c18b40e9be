import { readdir, rm, stat } from 'node:fs/promises';
import { inArray } from 'drizzle-orm';
import { z } from 'zod';
import { fileOf, folderOf, type Stores } from './sessions.ts';
import { uploadSessions } from './table.ts';

/** A file is made a moment before its row is there to see. */
const graceMs = 3_600_000;
const atOnce = 1000;

/**
 * Removes the files of uploads of which no row is left, and which nobody wrote to of late: what a hub leaves that is killed
 * between its two steps. Answers how many went.
 */
export async function removeStrays(services: Stores, now = new Date()): Promise<number> {
  const names = (await unlessAbsent(readdir(folderOf(services)))) ?? [];
  const ids = names.filter((name) => z.uuid().safeParse(name).success);
  let removed = 0;
  for (let start = 0; start < ids.length; start += atOnce) {
    const some = ids.slice(start, start + atOnce);
    const rows = await services.db
      .select({ id: uploadSessions.id })
      .from(uploadSessions)
      .where(inArray(uploadSessions.id, some));
    const known = new Set(rows.map((row) => row.id));
    for (const id of some) {
      const found = known.has(id) ? undefined : await unlessAbsent(stat(fileOf(services, id)));
      if (!found || found.mtimeMs > now.getTime() - graceMs) continue;
      await rm(fileOf(services, id), { force: true });
      removed += 1;
    }
  }
  return removed;
}

async function unlessAbsent<T>(found: Promise<T>): Promise<T | undefined> {
  try {
    return await found;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}
