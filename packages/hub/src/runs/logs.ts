import type { LogLine } from '@banyan/contract';
import { and, desc, eq, gt, sql } from 'drizzle-orm';
import type { Queries } from '../db/connection.ts';
import { iso } from '../db/present.ts';
import { logLines } from './table.ts';

/** A job keeps its last lines. */
export const keptLines = 2000;

/** Appends lines and drops the oldest beyond what is kept. */
export async function appendLines(tx: Queries, job: string, lines: LogLine[]): Promise<void> {
  if (lines.length === 0) return;
  await tx.insert(logLines).values(lines.map((line) => ({ ...line, job, at: new Date(line.at) })));
  await tx.execute(sql`delete from log_lines where job = ${job} and id <= (
    select id from log_lines where job = ${job} order by id desc offset ${keptLines} limit 1)`);
}

/** The lines after an id (0: all that are kept), oldest first, with the id to go on from. */
export async function readLines(
  db: Queries,
  job: string,
  after = 0,
): Promise<{ lines: LogLine[]; last: number }> {
  const rows = await db
    .select()
    .from(logLines)
    .where(and(eq(logLines.job, job), gt(logLines.id, after)))
    .orderBy(desc(logLines.id))
    .limit(keptLines);
  rows.reverse();
  return {
    lines: rows.map(({ at, level, message }) => ({ at: iso(at), level, message })),
    last: rows.at(-1)?.id ?? after,
  };
}
