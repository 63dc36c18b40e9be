import { stringify } from 'yaml';
import type { VersionFacts } from './facts.ts';

const day = (moment: Date): string => moment.toISOString().slice(0, 10);

/** CITATION.cff 1.2.0, as GitHub, Zenodo and Zotero read it. */
export function cffOf(facts: VersionFacts): string {
  const [licence, ...others] = facts.licences;
  const single = licence && others.length === 0 ? licence : undefined;
  const listed = facts.licences.filter(({ id }) => !id.startsWith('LicenseRef-')).map(({ id }) => id);
  return stringify(
    defined({
      'cff-version': '1.2.0',
      message: `If you use this ${facts.kind}, please cite it as below.`,
      // The format knows these two alone.
      type: facts.kind === 'dataset' ? 'dataset' : 'software',
      title: facts.title,
      abstract: facts.description,
      authors: facts.creators.map(({ kind, name, given, family, orcid, affiliations }) =>
        kind === 'organisation'
          ? { name }
          : defined({
              'family-names': family ?? name,
              'given-names': given,
              orcid: orcid && `https://orcid.org/${orcid}`,
              affiliation: affiliations.map((place) => place.name).join('; ') || undefined,
            }),
      ),
      version: facts.version,
      commit: facts.commit.id,
      'date-released': day(facts.commit.createdAt),
      doi: facts.doi,
      license:
        listed.length === 0 || listed.length < facts.licences.length
          ? undefined
          : listed.length === 1
            ? listed[0]
            : [...new Set(listed)],
      'license-url': single && listed.length === 0 ? single.url : undefined,
      url: facts.url,
      keywords: facts.keywords.length === 0 ? undefined : facts.keywords,
    }),
    { compat: 'yaml-1.1' },
  );
}

/** In the style of the American Psychological Association, 7th edition. */
export function apaOf(facts: VersionFacts): string {
  const { creators, title, version, publisher } = facts;
  const names = creators.map(({ kind, name, family, given }) =>
    kind === 'organisation' || family === undefined
      ? name
      : [family, initials(given)].filter((part) => part !== '').join(', '),
  );
  const listed =
    names.length > 20 ? [...names.slice(0, 19), `. . . ${names.at(-1)}`].join(', ') : joined(names);
  const what = facts.kind === 'dataset' ? 'Data set' : 'Machine learning model';
  const where = facts.doi === undefined ? facts.url : `https://doi.org/${facts.doi}`;
  const year = facts.commit.createdAt.getUTCFullYear();
  return `${listed.replace(/([^.])$/, '$1.')} (${year}). ${title} (Version ${version}) [${what}]. ${publisher.name}. ${where}`;
}

const initials = (given = ''): string =>
  given
    .split(/[\s.]+/)
    .filter((word) => word !== '')
    .map(
      (word) =>
        `${word
          .split('-')
          .map((part) => String.fromCodePoint(part.codePointAt(0) ?? 46).toUpperCase())
          .join('.-')}.`,
    )
    .join(' ');

function joined(names: string[]): string {
  const last = names.at(-1) ?? '';
  return names.length < 2 ? last : `${names.slice(0, -1).join(', ')}, & ${last}`;
}

const defined = <T extends Record<string, unknown>>(record: T): Partial<T> =>
  Object.fromEntries(Object.entries(record).filter(([, value]) => value !== undefined)) as Partial<T>;
