import type { Citation, FileEntry, Json } from '@banyan/contract';
import { HubError } from '@banyan/contract';
import { and, eq } from 'drizzle-orm';
import type { Context } from '../../context.ts';
import type { Queries } from '../../db/connection.ts';
import { authorizeRepository, type RepositoryRow } from '../../policy.ts';
import type { At } from '../repositories.ts';
import { pathOf } from '../store.ts';
import { type CommitRow, resolveRevision } from '../versions.ts';
import { profiles } from '../versions-table.ts';
import { bibtexOf } from './bibtex.ts';
import { apaOf, cffOf } from './citation.ts';
import { croissantOf, maxListedFiles } from './croissant.ts';
import { dataciteOf } from './datacite.ts';
import { readFacts, type VersionFacts } from './facts.ts';
import { filesOfVersion } from './files.ts';
import { readTableProfile, type TableProfile } from './profile.ts';
import { makerOf } from './provenance.ts';
import { holdsRows } from './splits.ts';

type AtRevision = At & { revision: string };

/** How a version is cited: for all who may see that it exists. */
export async function cite(ctx: Context, at: AtRevision): Promise<Citation> {
  const { repository } = await authorizeRepository(ctx, at.kind, pathOf(at), 'see');
  const commit = await resolveRevision(ctx.db, repository, at.revision);
  const facts = await readFacts(ctx, repository, commit);
  return {
    title: facts.title,
    version: facts.version,
    commit: commit.id,
    creators: facts.creators.map(({ name, orcid, affiliations }) => ({
      name,
      ...(orcid !== undefined && { orcid }),
      affiliations: affiliations.map((place) => place.name),
    })),
    licences: facts.licences,
    ...(facts.doi !== undefined && { doi: facts.doi }),
    bibtex: bibtexOf(facts),
    apa: apaOf(facts),
    cff: cffOf(facts),
    datacite: dataciteOf(facts),
    ...(facts.ownCitation !== undefined && { own: facts.ownCitation }),
  };
}

/** Croissant of a dataset version. It names files and columns, so it is for those who may read them. */
export async function describeDataset(
  ctx: Context,
  at: AtRevision,
  options: { local: boolean },
): Promise<Json> {
  if (at.kind !== 'dataset')
    throw new HubError('BAD_INPUT', 'Croissant describes datasets.', { field: 'kind' });
  const { repository } = await authorizeRepository(ctx, at.kind, pathOf(at), 'read');
  const commit = await resolveRevision(ctx.db, repository, at.revision);
  return croissantOfVersion(ctx, repository, commit, options);
}

export async function croissantOfVersion(
  ctx: Context,
  repository: RepositoryRow,
  commit: CommitRow,
  options: { local: boolean },
): Promise<{ [key: string]: Json }> {
  const facts = await readFacts(ctx, repository, commit);
  const madeBy = await makerOf(ctx.db, repository, commit);
  const table = await tableOf(ctx.db, repository, commit);
  return croissantOf(
    facts,
    { ...(await listedFiles(ctx, commit)), table, madeBy },
    { ...options, citeAs: citeAs(facts) },
  );
}

export const citeAs = (facts: VersionFacts): string => facts.ownCitation ?? bibtexOf(facts);

type File = Pick<FileEntry, 'path' | 'sha256' | 'sizeBytes'>;

/** At most so many files are looked at for one description. */
const maxSeenFiles = 20_000;

/** The files that a description names: all, or those with rows first. */
export async function listedFiles(
  ctx: Context,
  commit: CommitRow,
): Promise<{ files: File[]; complete: boolean }> {
  const [rows, others]: [File[], File[]] = [[], []];
  let seen = 0;
  for await (const file of filesOfVersion(ctx, commit)) {
    (holdsRows(file.path) ? rows : others).push(file);
    seen += 1;
    if (seen === maxSeenFiles) break;
  }
  const files = [...rows, ...others].slice(0, maxListedFiles);
  return {
    files: files.sort((a, b) => (a.path < b.path ? -1 : 1)),
    complete: seen <= maxListedFiles,
  };
}

/** What a worker found in the version's table; undefined while it looks, and where there is none. */
export async function tableOf(
  db: Queries,
  repository: RepositoryRow,
  commit: CommitRow,
): Promise<TableProfile | undefined> {
  const [row] = await db
    .select({ profile: profiles.profile })
    .from(profiles)
    .where(and(eq(profiles.repository, repository.id), eq(profiles.commit, commit.id)));
  return readTableProfile(row?.profile);
}
