import { and, asc, eq } from 'drizzle-orm';
import type { Context } from '../../context.ts';
import { organisations } from '../../organisations/table.ts';
import { namespaces } from '../../people/namespaces.ts';
import type { RepositoryRow } from '../../policy.ts';
import { type Card, parseCard } from '../card/front-matter.ts';
import { findLicence, type Licence } from '../card/licences.ts';
import { summaryOf } from '../card/summary.ts';
import { pathOf } from '../store.ts';
import type { CommitRow } from '../versions.ts';
import { refs } from '../versions-table.ts';
import { type Creator, creatorsOf, rorOf } from './creators.ts';
import { readSmallFile } from './files.ts';

/** What every citation and every export says of a version. */
export interface VersionFacts {
  kind: RepositoryRow['kind'];
  /** `namespace/name` */
  path: string;
  title: string;
  description: string;
  /** The page of this repository on this hub. */
  url: string;
  hubUrl: string;
  publisher: { name: string; ror?: string };
  licences: Licence[];
  keywords: string[];
  /** BCP 47. */
  languages: string[];
  commit: Pick<CommitRow, 'id' | 'createdAt' | 'message' | 'author' | 'run'>;
  /** A tag of this commit, or what the card says, or the commit's first ten digits. */
  version: string;
  /** As MAJOR.MINOR.PATCH, which some formats ask for; with the commit where nobody gave one. */
  semanticVersion: string;
  creators: Creator[];
  createdAt: Date;
  doi?: string;
  /** What the authors ask to be cited, in BibTeX. */
  ownCitation?: string;
  terms: RepositoryRow['terms'];
  sources: { path: string; revision: string; url: string }[];
  card: Card;
}

export async function readFacts(
  ctx: Context,
  repository: RepositoryRow,
  commit: CommitRow,
): Promise<VersionFacts> {
  const { kind } = repository;
  const { publicUrl: hubUrl } = ctx.config;
  const path = pathOf(repository);
  const card = parseCard((await readSmallFile(ctx, commit, 'README.md')) ?? '');
  const { fields, body } = card;
  const tags = await ctx.db
    .select({ name: refs.name })
    .from(refs)
    .where(and(eq(refs.repository, repository.id), eq(refs.kind, 'tag'), eq(refs.commit, commit.id)))
    .orderBy(asc(refs.name));
  const version = tags.at(-1)?.name ?? fields.version;
  const ownCitation = citationIn(card);
  const doi = fields.doi ?? /(?:doi\.org\/|^doi:)(10\.\d{4,9}\/\S+)$/i.exec(ownCitation ?? '')?.[1];
  return {
    kind,
    path,
    title: repository.title.trim() || fields.pretty_name || titleOf(body) || repository.name,
    description:
      summaryOf(body) ||
      `The ${kind} ${path}, version ${commit.id.slice(0, 10)}: ${commit.message.split('\n')[0] ?? ''}`,
    url: pageOf(hubUrl, kind, path),
    hubUrl,
    publisher: await publisherOf(ctx, repository),
    licences: licencesOf(repository, card),
    keywords: keywordsOf(card),
    languages: fields.language ?? [],
    commit,
    version: version ?? commit.id.slice(0, 10),
    semanticVersion: semantic(version) ?? `0.0.0+${commit.id.slice(0, 10)}`,
    creators: await creatorsOf(ctx.db, repository, commit.id, fields),
    createdAt: repository.createdAt,
    ...(doi !== undefined && /^10\.\d{4,9}\/\S+$/.test(doi) && { doi }),
    ...(ownCitation !== undefined && { ownCitation }),
    terms: repository.terms,
    sources: repository.sources.map(({ dataset, revision }) => ({
      path: dataset,
      revision,
      url: pageOf(hubUrl, 'dataset', dataset),
    })),
    card,
  };
}

export const pageOf = (hubUrl: string, kind: RepositoryRow['kind'], path: string): string =>
  `${hubUrl}/${kind}s/${path}`;

async function publisherOf(ctx: Context, repository: RepositoryRow): Promise<VersionFacts['publisher']> {
  const [owner] = await ctx.db
    .select({ kind: namespaces.kind, title: namespaces.title, homepage: organisations.homepage })
    .from(namespaces)
    .leftJoin(organisations, eq(organisations.slug, namespaces.slug))
    .where(eq(namespaces.slug, repository.namespace));
  if (owner?.kind === 'organisation') {
    const ror = rorOf(owner.homepage);
    return { name: owner.title, ...(ror !== undefined && { ror }) };
  }
  return { name: `Banyan hub at ${new URL(ctx.config.publicUrl).host}` };
}

function licencesOf({ licence }: RepositoryRow, { fields }: Card): Licence[] {
  const own = {
    ...(fields.license_name !== undefined && { name: fields.license_name }),
    ...(fields.license_link !== undefined && { link: fields.license_link }),
  };
  const field = licence?.trim() || undefined;
  if (field !== undefined) return [findLicence(field, field.toLowerCase() === 'other' ? own : {})];
  return (fields.license ?? []).map((id) => findLicence(id, own));
}

const maxKeywords = 50;

function keywordsOf({ fields }: Card): string[] {
  const { tags = [], task_categories: tasks = [], pipeline_tag: task, library_name: library } = fields;
  const found = [
    ...tags,
    ...tasks,
    ...(task === undefined ? [] : [task]),
    ...(library === undefined ? [] : [library]),
  ];
  return [...new Set(found.map((word) => word.trim()).filter((word) => word !== ''))].slice(0, maxKeywords);
}

const titleOf = (body: string): string | undefined =>
  /^#\s+(.{1,200})$/m.exec(body.slice(0, 10_000))?.[1]?.trim();

/** The BibTeX that a card gives, in its head or in a block of its text. */
export const citationIn = ({ fields, body }: Card): string | undefined =>
  fields.citation?.trim() ??
  /^```(?:bibtex|latex|tex)?[ \t]*\n(\s*@[a-z]+\s*\{[\s\S]{1,20000}?)\n```/im.exec(body)?.[1]?.trim();

const semantic = (version: string | undefined): string | undefined => {
  const found = /^v?(\d{1,9})(?:\.(\d{1,9}))?(?:\.(\d{1,9}))?$/.exec(version ?? '');
  return found ? [found[1], found[2] ?? '0', found[3] ?? '0'].map(Number).join('.') : undefined;
};
