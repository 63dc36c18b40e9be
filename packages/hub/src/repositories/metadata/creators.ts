import { eq, inArray, sql } from 'drizzle-orm';
import type { Queries } from '../../db/connection.ts';
import { organisations } from '../../organisations/table.ts';
import { namespaces } from '../../people/namespaces.ts';
import { memberships } from '../../people/table.ts';
import type { RepositoryRow } from '../../policy.ts';
import type { CardFields } from '../card/fields.ts';

/** Who made a version, as citations name them. */
export interface Creator {
  kind: 'person' | 'organisation';
  name: string;
  given?: string;
  family?: string;
  /** `0000-0002-1825-0097` */
  orcid?: string;
  affiliations: Affiliation[];
}

export interface Affiliation {
  name: string;
  /** `https://ror.org/05a28rw58` */
  ror?: string;
}

const maxCreators = 100;

/**
 * The creators of a version: whom its card names, or else those whose work is in it (by a commit that leads to it, or by a
 * pull request that was merged on the way), in the order of the first, or else whom its namespace belongs to.
 */
export async function creatorsOf(
  db: Queries,
  repository: RepositoryRow,
  commit: string,
  card: CardFields,
): Promise<Creator[]> {
  if (card.authors !== undefined && card.authors.length > 0) return card.authors.map(namedInCard);
  const authors = await authorsOf(db, repository.id, commit);
  if (authors.length > 0) {
    const places = await affiliationsOf(
      db,
      authors.map(({ id }) => id),
    );
    return authors.map(({ id, name, orcid }) =>
      person(name, { ...(orcid !== null && { orcid }), affiliations: places.get(id) ?? [] }),
    );
  }
  const [owner] = await db.select().from(namespaces).where(eq(namespaces.slug, repository.namespace));
  if (owner?.kind === 'person') return [person(owner.title, { affiliations: [] })];
  return [{ kind: 'organisation', name: owner?.title ?? repository.namespace, affiliations: [] }];
}

interface Author extends Record<string, unknown> {
  id: string;
  name: string;
  orcid: string | null;
}

async function authorsOf(db: Queries, repository: string, commit: string): Promise<Author[]> {
  const { rows } = await db.execute<Author>(sql`
    with recursive line as (
      select id, parent, author, created_at from commits where repository = ${repository} and id = ${commit}
      union all
      select c.id, c.parent, c.author, c.created_at from commits c
        join line on c.repository = ${repository} and c.id = line.parent
    ), work as (
      select author, created_at from line
      union all
      select d.author, line.created_at from discussions d
        join line on d.repository = ${repository} and d.merge_commit = line.id
    )
    select p.id, p.name, p.orcid from work join people p on p.username = work.author
    group by p.id order by min(work.created_at), p.id limit ${maxCreators}`);
  return rows;
}

async function affiliationsOf(db: Queries, ids: string[]): Promise<Map<string, Affiliation[]>> {
  const rows = await db
    .select({ person: memberships.person, name: namespaces.title, homepage: organisations.homepage })
    .from(memberships)
    .innerJoin(organisations, eq(organisations.slug, memberships.namespace))
    .innerJoin(namespaces, eq(namespaces.slug, organisations.slug))
    .where(inArray(memberships.person, ids))
    .orderBy(memberships.since);
  const found = new Map<string, Affiliation[]>();
  for (const { person, name, homepage } of rows) {
    const ror = rorOf(homepage);
    found.set(person, [...(found.get(person) ?? []), { name, ...(ror !== undefined && { ror }) }]);
  }
  return found;
}

/** An organisation that gives its entry in the Research Organization Registry as its homepage is known by it. */
export const rorOf = (address: string | null | undefined): string | undefined =>
  /^https?:\/\/ror\.org\/(0[a-z0-9]{6}\d{2})\/?$/.exec(address ?? '')?.[1]?.replace(/^/, 'https://ror.org/');

function namedInCard(author: NonNullable<CardFields['authors']>[number]): Creator {
  const { name, orcid, affiliation, ror } = {
    orcid: undefined,
    affiliation: undefined,
    ror: undefined,
    ...author,
  };
  const iD = /\d{4}-\d{4}-\d{4}-\d{3}[\dX]/.exec(orcid ?? '')?.[0];
  const place = rorOf(ror);
  return person(name, {
    ...(iD !== undefined && { orcid: iD }),
    affiliations:
      affiliation === undefined ? [] : [{ name: affiliation, ...(place !== undefined && { ror: place }) }],
  });
}

/** `Jane van Doe` and `Doe, Jane` in their parts; the last word is the family's when nothing tells. */
function person(full: string, more: Pick<Creator, 'orcid' | 'affiliations'>): Creator {
  const name = full.trim().replaceAll(/\s+/g, ' ');
  const [before = '', behind] = name.split(/,\s*/, 2);
  if (behind !== undefined && behind !== '')
    return { kind: 'person', name: `${behind} ${before}`, given: behind, family: before, ...more };
  const words = name.split(' ');
  const family = words.pop() ?? name;
  return {
    kind: 'person',
    name,
    family,
    ...(words.length > 0 && { given: words.join(' ') }),
    ...more,
  };
}
