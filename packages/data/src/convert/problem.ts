import { randomUUID } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openTables, type Tables } from '../table.ts';

/** A file that could not be read, by its name in the repository, and why. */
export interface Problem {
  path: string;
  message: string;
}

/** Does something with a DuckDB that reads `inputs`, writes into `folder`, and has 512 MB. */
export async function withTables<T>(
  options: { inputs: readonly string[]; folder?: string; signal?: AbortSignal | undefined },
  work: (tables: Tables) => Promise<T>,
): Promise<T> {
  const { inputs, folder, signal } = options;
  // DuckDB makes it when first needed: a job that is killed before leaves nothing.
  const scratch = join(folder ?? tmpdir(), `spill-${randomUUID()}`);
  const tables = await openTables({
    inputs,
    folders: folder === undefined ? [] : [folder],
    scratch,
    memoryLimitMb: 512,
    signal,
  });
  try {
    return await work(tables);
  } finally {
    tables.close();
    await rm(scratch, { recursive: true, force: true });
  }
}
