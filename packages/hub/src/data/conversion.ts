import { HubError } from '@banyan/contract';
import { and, asc, eq } from 'drizzle-orm';
import type { Context } from '../context.ts';
import { type Authorized, authorizeRepository, type RepositoryAccess, signedIn } from '../policy.ts';
import { orderProfile, profileJob } from '../repositories/profiles.ts';
import { type CommitRow, resolveRevision } from '../repositories/versions.ts';
import { conversions, dataTables } from './table.ts';
import { tableNames } from './table-names.ts';

export type TableRow = typeof dataTables.$inferSelect;

export interface Split {
  config: string;
  split: string;
  /** Its name in SQL. */
  table: string;
  /** Its Parquet files, in order. */
  parts: TableRow[];
  rows: number;
  sizeBytes: number;
  features: TableRow['features'];
}

export interface Conversion {
  state: 'ready' | 'pending' | 'failed' | 'none';
  access: Authorized<RepositoryAccess>;
  commit: CommitRow;
  /** Of `refs/convert/parquet`; its tree holds the files. */
  converted?: string;
  splits: Split[];
  problems: { path: string; message: string }[];
  job?: string;
  message?: string;
}

/** Which version of a dataset. */
export interface VersionOf {
  namespace: string;
  name: string;
  revision: string;
}

/**
 * The tables of a version, for those who may read its files. A version from before there were conversions, or that a
 * job wrote, is converted when it is first looked at.
 */
export async function readConversion(
  ctx: Context,
  { namespace, name, revision }: VersionOf,
): Promise<Conversion> {
  // A look at data takes a worker's time: it is for people who are known.
  signedIn(ctx);
  const access = await authorizeRepository(ctx, 'dataset', `${namespace}/${name}`, 'read');
  const { repository } = access;
  const commit = await resolveRevision(ctx.db, repository, revision);
  const base = { access, commit, splits: [], problems: [] };
  const [found] = await ctx.db
    .select()
    .from(conversions)
    .where(and(eq(conversions.repository, repository.id), eq(conversions.commit, commit.id)));
  if (found) {
    const { converted, problems } = found;
    if (converted === null)
      return { ...base, state: 'failed', problems, message: 'None of its files could be read as a table.' };
    return { ...base, state: 'ready', converted, problems, splits: await readSplitsOf(ctx, commit) };
  }
  const known = await profileJob(ctx.db, repository.id, commit.id);
  if (known?.state === 'queued' || known?.state === 'running')
    return { ...base, state: 'pending', job: known.id, message: 'A worker is reading the files.' };
  if (known && known.state !== 'succeeded')
    return { ...base, state: 'failed', job: known.id, message: known.message };
  const job = await orderProfile(ctx, repository, commit);
  if (job === undefined)
    return { ...base, state: 'none', message: 'This version has no file that could be a table.' };
  return { ...base, state: 'pending', job, message: 'A worker is reading the files.' };
}

async function readSplitsOf(ctx: Context, commit: CommitRow): Promise<Split[]> {
  const rows = await ctx.db
    .select()
    .from(dataTables)
    .where(and(eq(dataTables.repository, commit.repository), eq(dataTables.commit, commit.id)))
    .orderBy(asc(dataTables.place), asc(dataTables.part));
  const grouped = [...Map.groupBy(rows, ({ config, split }) => `${config}/${split}`).values()];
  const names = tableNames(
    grouped.map(([first]) => ({ config: first?.config ?? '', split: first?.split ?? '' })),
  );
  return grouped.map((parts, i) => ({
    config: parts[0]?.config ?? '',
    split: parts[0]?.split ?? '',
    table: names[i] ?? '',
    parts,
    rows: parts.reduce((sum, part) => sum + part.rows, 0),
    sizeBytes: parts.reduce((sum, part) => sum + part.sizeBytes, 0),
    features: parts[0]?.features ?? {},
  }));
}

/** The split that is meant; without names the first. Throws NOT_FOUND. */
export function findSplit(
  splits: readonly Split[],
  wanted: { config?: string | undefined; split?: string | undefined },
): Split {
  const found = splits.find(
    ({ config, split }) => config === (wanted.config ?? config) && split === (wanted.split ?? split),
  );
  if (found) return found;
  const known = splits.map(({ config, split }) => `${config}/${split}`).slice(0, 20);
  throw new HubError(
    'NOT_FOUND',
    `There is no split "${wanted.split ?? ''}"${wanted.config === undefined ? '' : ` of the configuration "${wanted.config}"`}.`,
    { field: 'split', hint: `There are: ${known.join(', ')}.` },
  );
}
