import { HubError, type JobInput, type JobPayload, type QueryTable, type SignedFile } from '@banyan/contract';
import { and, eq } from 'drizzle-orm';
import { signedUrl } from '../blobs/sign.ts';
import type { Context } from '../context.ts';
import { dataTables } from '../data/table.ts';
import type { Queries } from '../db/connection.ts';
import { given } from '../db/present.ts';
import { distributionsBefore } from '../repositories/quality.ts';
import { allFiles, countFiles, findFiles, type Version } from '../repositories/tree/listing.ts';
import { openPages } from '../repositories/tree/store.ts';
import { commits } from '../repositories/versions-table.ts';
import { runs } from '../runs/table.ts';
import { asHolder, type Leased, running } from './leased.ts';
import type { InputRef, JobRow } from './table.ts';

/** Beyond, a version is too much for a worker to hold. */
const mostInputFiles = 500_000;
/** So many files of an input, with their signed addresses, are told in one answer. */
const filesAPage = 10_000;
/** Of one query on a worker. */
const queryLimits = { memoryMb: 512, timeMs: 30_000, answerBytes: 1 << 20 };

/**
 * What a worker gets to do, with addresses of the files that its lease opens. Throws NOT_FOUND for a version that is gone,
 * TOO_LARGE for one of more files than `limits.most`. Of very many files the first `limits.page` are told.
 */
export async function payloadOf(
  tx: Queries,
  job: JobRow,
  leaseToken: string,
  limits = { most: mostInputFiles, page: filesAPage },
): Promise<JobPayload> {
  const sign = signer(job.id, leaseToken);
  const input = async (role: InputRef['role'], wanted?: ReadonlySet<string>): Promise<JobInput> => {
    const ref = job.inputs.find((one) => one.role === role);
    if (!ref) throw new Error(`job ${job.id} has no ${role}`);
    return filesOf(ref, wanted);
  };
  const filesOf = async (ref: InputRef, wanted?: ReadonlySet<string>): Promise<JobInput> => {
    const version = await versionOf(tx, ref);
    const about = { kind: ref.kind, path: ref.path, commit: ref.commit };
    if (wanted) {
      const found = await findFiles(openPages(tx, version.repository), version.root, [...wanted]);
      return {
        ...about,
        files: [...found].map(([path, { sha256, sizeBytes }]) => sign({ path, sha256, sizeBytes })),
      };
    }
    if ((await countFiles(tx, version)) > limits.most) throw tooMany(ref.path, limits.most);
    return { ...about, ...(await pageOfFiles(tx, version, sign, { page: limits.page })) };
  };
  const { order } = job;
  if (order.kind === 'serve') return { ...order, model: await input('model') };
  if (order.kind === 'query') {
    const { kind, question } = order;
    const tables = await describeTables(tx, { ...order, repository: job.inputs[0]?.repository ?? '' });
    const paths = new Set(tables.flatMap((table) => table.files.map((file) => file.path)));
    return { kind, tables, question, limits: queryLimits, dataset: await input('dataset', paths) };
  }
  if (order.kind === 'prepare') {
    const { kind, seed, recipe } = order;
    const dataset = await input('dataset');
    const ref = job.inputs.find((one) => one.role === 'dataset')!;
    const joins: JobInput[] = [];
    for (const one of job.inputs) if (one.role === 'join') joins.push(await filesOf(one));
    const previous = recipe === undefined ? await distributionsBefore(tx, ref) : undefined;
    return {
      kind,
      seed,
      dataset,
      ...given('recipe', recipe),
      ...(joins.length > 0 && { joins }),
      ...given('previous', previous),
    };
  }
  if (order.kind !== 'train')
    return { ...order, model: await input('model'), dataset: await input('dataset') };
  const [run] = await tx.select({ spec: runs.spec }).from(runs).where(eq(runs.id, order.run));
  if (!run) throw new Error(`job ${job.id} has no run`);
  return {
    ...order,
    spec: run.spec,
    dataset: await input('dataset'),
    ...given('checkpoint', job.checkpoint && signCheckpoint(job.checkpoint, sign)),
  };
}

type Sign = (file: Omit<SignedFile, 'url'>) => SignedFile;

const signer =
  (job: string, leaseToken: string): Sign =>
  (file) => ({ ...file, url: signedUrl(file, job, leaseToken) });

async function versionOf(db: Queries, ref: InputRef): Promise<Version> {
  const [commit] = await db
    .select({ repository: commits.repository, root: commits.root })
    .from(commits)
    .where(and(eq(commits.repository, ref.repository), eq(commits.id, ref.commit)));
  if (!commit) throw new HubError('NOT_FOUND', `"${ref.path}" has no version ${ref.commit}.`);
  return commit;
}

async function pageOfFiles(
  db: Queries,
  version: Version,
  sign: Sign,
  { after, page }: { after?: string; page: number },
): Promise<{ files: SignedFile[]; after?: string }> {
  const files: SignedFile[] = [];
  for await (const { path, sha256, sizeBytes } of allFiles(db, version, after)) {
    if (files.length === page) return { files, after: files.at(-1)!.path };
    files.push(sign({ path, sha256, sizeBytes }));
  }
  return { files };
}

/** More files of an input, to who holds the lease. Throws LEASE_LOST, and NOT_FOUND for what is no input of the job. */
export async function moreFiles(
  ctx: Context,
  input: Leased & { path: string; commit: string; after: string },
  page = filesAPage,
): Promise<{ files: SignedFile[]; after?: string }> {
  const ref = await asHolder(ctx, input, async (_tx, job) =>
    running(job).inputs.find(({ path, commit }) => path === input.path && commit === input.commit),
  );
  if (!ref) throw new HubError('NOT_FOUND', `"${input.path}" is no input of this job.`, { field: 'path' });
  const sign = signer(input.id, input.leaseToken);
  return pageOfFiles(ctx.db, await versionOf(ctx.db, ref), sign, { after: input.after, page });
}

const tooMany = (path: string, most: number): HubError =>
  new HubError('TOO_LARGE', `"${path}" has more than ${most} files: no job takes so many.`, {
    hint: 'Pack them into fewer: Parquet with a column of images or texts, JSON lines, or IDX.',
  });

/** A question's tables with their columns. */
async function describeTables(
  tx: Queries,
  { repository, version, tables }: Extract<JobRow['order'], { kind: 'query' }> & { repository: string },
): Promise<QueryTable[]> {
  const known = await tx
    .select({ config: dataTables.config, split: dataTables.split, features: dataTables.features })
    .from(dataTables)
    .where(
      and(eq(dataTables.repository, repository), eq(dataTables.commit, version), eq(dataTables.part, 0)),
    );
  return tables.map((table) => {
    const found = known.find(({ config, split }) => config === table.config && split === table.split);
    if (!found) throw new HubError('NOT_FOUND', `There is no split "${table.split}" any more.`);
    return { ...table, features: found.features };
  });
}

const signCheckpoint = ({ sha256, sizeBytes }: NonNullable<JobRow['checkpoint']>, sign: Sign): SignedFile =>
  sign({ path: 'checkpoint', sha256, sizeBytes });
