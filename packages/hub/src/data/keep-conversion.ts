import { convertedPath, HubError, type JobResult } from '@banyan/contract';
import { and, eq, inArray, sql } from 'drizzle-orm';
import { sizesOf, uploadedBy } from '../blobs/blobs.ts';
import type { Queries } from '../db/connection.ts';
import type { InputRef, JobRow } from '../jobs/table.ts';
import { changeTree } from '../repositories/changing.ts';
import { lockRepository } from '../repositories/store.ts';
import { emptyRoot } from '../repositories/tree/page.ts';
import { type CommitRow, headOf, mainBranch, writeCommit } from '../repositories/versions.ts';
import { profiles, refs, repositoryBlobs } from '../repositories/versions-table.ts';
import { conversions, dataTables } from './table.ts';

type Prepared = Extract<JobResult, { kind: 'prepare' }>;
type TableRow = typeof dataTables.$inferInsert;

/** Where the newest version's Parquet files are found, as on Hugging Face. */
const convertRef = 'refs/convert/parquet';

/**
 * Keeps what a profile job converted: the Parquet files as a commit of `refs/convert/parquet`, and which split they are
 * of, for the version that was looked at and those that share its tables. Every version keeps its own.
 */
export async function keepConversion(
  tx: Queries,
  job: JobRow,
  dataset: InputRef,
  { converted, files }: Pick<Prepared, 'converted' | 'files'>,
): Promise<void> {
  const problems = converted?.problems ?? [
    { path: '', message: 'The worker that read the files is too old to convert them. Start a newer one.' },
  ];
  const tables = await tablesOf(tx, job, dataset, converted?.files ?? [], files);
  const commit = tables.length === 0 ? undefined : await commitTables(tx, job, dataset, tables);
  const versions = await tx
    .select({ commit: profiles.commit })
    .from(profiles)
    .where(and(eq(profiles.repository, dataset.repository), eq(profiles.job, job.id)));
  for (const version of new Set([dataset.commit, ...versions.map((row) => row.commit)])) {
    const at = { repository: dataset.repository, commit: version };
    await forgetConversion(tx, at);
    await tx.insert(conversions).values({ ...at, converted: commit?.id, problems });
    await insertTables(
      tx,
      tables.map((table) => ({ ...table, ...at })),
    );
  }
}

interface At {
  repository: string;
  commit: string;
}

async function forgetConversion(tx: Queries, { repository, commit }: At): Promise<void> {
  await tx
    .delete(conversions)
    .where(and(eq(conversions.repository, repository), eq(conversions.commit, commit)));
  await tx
    .delete(dataTables)
    .where(and(eq(dataTables.repository, repository), eq(dataTables.commit, commit)));
}

/** Lets go of all conversions of a repository, their commits with them: they are made anew when they are looked at. */
export async function forgetConversions(tx: Queries, repository: string): Promise<void> {
  await tx.execute(sql`
    with recursive made as (
      select id, parent from commits c where repository = ${repository} and (
        id in (select converted from conversions where repository = ${repository})
        or id in (select commit from refs where repository = ${repository} and kind = 'convert'))
      union
      select c.id, c.parent from commits c join made on c.repository = ${repository} and c.id = made.parent
    ) delete from commits where repository = ${repository} and id in (select id from made)`);
  await tx.delete(refs).where(and(eq(refs.repository, repository), eq(refs.kind, 'convert')));
  await tx.delete(conversions).where(eq(conversions.repository, repository));
  await tx.delete(dataTables).where(eq(dataTables.repository, repository));
}

/** Lets go of the profiles and tables of versions that are gone, and of conversions that are of none any more. */
export async function forgetUnnamed(tx: Queries, repository: string): Promise<void> {
  const gone = sql`repository = ${repository} and commit not in (select id from commits where repository = ${repository})`;
  await tx.execute(sql`delete from profiles where ${gone}`);
  await tx.execute(sql`delete from data_tables where ${gone}`);
  const { rows } = await tx.execute<{ converted: string | null }>(
    sql`delete from conversions where ${gone} returning converted`,
  );
  const made = rows.flatMap(({ converted }) => converted ?? []);
  const named = sql`select converted from conversions where repository = ${repository} and converted is not null`;
  await tx.execute(sql`
    delete from refs where repository = ${repository} and kind = 'convert'
      and commit = any(${sql.param(made)}::text[]) and commit not in (${named})`);
  await tx.execute(sql`
    delete from commits where repository = ${repository} and id = any(${sql.param(made)}::text[])
      and id not in (${named})`);
}

/** A version with the same tables as another has the same conversion. */
export async function copyConversion(tx: Queries, from: At, commit: string): Promise<void> {
  const [known] = await tx
    .select()
    .from(conversions)
    .where(and(eq(conversions.repository, from.repository), eq(conversions.commit, from.commit)));
  if (!known) return;
  await tx.insert(conversions).values({ ...known, commit });
  const tables = await tx
    .select()
    .from(dataTables)
    .where(and(eq(dataTables.repository, from.repository), eq(dataTables.commit, from.commit)));
  await insertTables(
    tx,
    tables.map((table) => ({ ...table, commit })),
  );
}

/** A statement takes 65,535 values: some thousand rows. */
const rowsAtOnce = 2000;

async function insertTables(tx: Queries, rows: TableRow[]): Promise<void> {
  for (let start = 0; start < rows.length; start += rowsAtOnce)
    await tx.insert(dataTables).values(rows.slice(start, start + rowsAtOnce));
}

/** The files with their bytes: uploaded by this job, or held by the repository already. Throws BAD_INPUT otherwise. */
async function tablesOf(
  tx: Queries,
  job: JobRow,
  dataset: InputRef,
  converted: NonNullable<Prepared['converted']>['files'],
  uploaded: Prepared['files'],
): Promise<TableRow[]> {
  const byPath = new Map(uploaded.map(({ path, sha256 }) => [path, sha256]));
  const named = converted.map((file) => ({
    ...file,
    path: convertedPath(file),
    sha256: file.given ?? byPath.get(convertedPath(file)) ?? '',
  }));
  const hashes = [...new Set(named.map(({ sha256 }) => sha256))];
  const sizes = await sizesOf(tx, hashes);
  const mine = await uploadedBy(tx, job.id, hashes);
  const held = await tx
    .select({ sha256: repositoryBlobs.sha256 })
    .from(repositoryBlobs)
    .where(and(eq(repositoryBlobs.repository, dataset.repository), inArray(repositoryBlobs.sha256, hashes)));
  const known = new Set([...mine, ...held.map((row) => row.sha256)]);
  const places = new Map<string, number>();
  return named.map(({ given: _, ...file }) => {
    const sizeBytes = sizes.get(file.sha256);
    if (sizeBytes === undefined || !known.has(file.sha256))
      throw new HubError('BAD_INPUT', `This job did not bring the bytes of "${file.path}".`, {
        field: 'converted',
      });
    const split = `${file.config}/${file.split}`;
    const place = places.get(split) ?? places.size;
    places.set(split, place);
    return { ...file, place, sizeBytes, repository: dataset.repository, commit: dataset.commit };
  });
}

/** The ref moves for the head of `main` alone; conversions of other versions are commits that no name leads to. */
async function commitTables(
  tx: Queries,
  job: JobRow,
  dataset: InputRef,
  tables: readonly TableRow[],
): Promise<CommitRow> {
  const { id: repository } = await lockRepository(tx, dataset.repository);
  const before = await headOf(tx, repository, convertRef);
  const steps = tables.map(({ path, sha256, sizeBytes }) => ({
    op: 'put' as const,
    path,
    file: { sha256, sizeBytes },
  }));
  const commit = await writeCommit(tx, repository, {
    branch: convertRef,
    parent: before,
    changed: await changeTree(tx, { repository, root: emptyRoot }, steps),
    message: `Convert ${dataset.commit.slice(0, 8)} to Parquet`,
    author: job.createdBy,
  });
  const main = await headOf(tx, repository, mainBranch);
  if (main?.id === dataset.commit || commit.id === before?.id) return commit;
  const named = and(eq(refs.repository, repository), eq(refs.name, convertRef));
  if (before) await tx.update(refs).set({ commit: before.id }).where(named);
  else await tx.delete(refs).where(named);
  return commit;
}
