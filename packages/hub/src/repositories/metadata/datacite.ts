import type { Json } from '@banyan/contract';
import type { VersionFacts } from './facts.ts';

/**
 * The attributes of a DOI at DataCite (kernel 4.5), ready for `POST /dois` once a member of DataCite adds its prefix:
 * nothing is registered from here.
 */
export function dataciteOf(facts: VersionFacts): { [key: string]: Json } {
  const { commit } = facts;
  const related = [
    ...facts.sources.map(({ url }) => ({
      relatedIdentifier: url,
      relatedIdentifierType: 'URL',
      relationType: 'IsDerivedFrom',
    })),
    { relatedIdentifier: facts.url, relatedIdentifierType: 'URL', relationType: 'IsVersionOf' },
  ];
  return {
    ...(facts.doi !== undefined && { doi: facts.doi }),
    creators: facts.creators.map(({ kind, name, given, family, orcid, affiliations }) => ({
      name: kind === 'person' && family !== undefined && given !== undefined ? `${family}, ${given}` : name,
      nameType: kind === 'person' ? 'Personal' : 'Organizational',
      ...(given !== undefined && { givenName: given }),
      ...(kind === 'person' && family !== undefined && { familyName: family }),
      ...(orcid !== undefined && {
        nameIdentifiers: [
          {
            nameIdentifier: `https://orcid.org/${orcid}`,
            nameIdentifierScheme: 'ORCID',
            schemeUri: 'https://orcid.org',
          },
        ],
      }),
      ...(affiliations.length > 0 && {
        affiliation: affiliations.map(({ name, ror }) => ({
          name,
          ...(ror !== undefined && {
            affiliationIdentifier: ror,
            affiliationIdentifierScheme: 'ROR',
            schemeUri: 'https://ror.org',
          }),
        })),
      }),
    })),
    titles: [{ title: facts.title }],
    publisher: {
      name: facts.publisher.name,
      ...(facts.publisher.ror !== undefined && {
        publisherIdentifier: facts.publisher.ror,
        publisherIdentifierScheme: 'ROR',
        schemeUri: 'https://ror.org',
      }),
    },
    publicationYear: String(commit.createdAt.getUTCFullYear()),
    types: {
      resourceTypeGeneral: facts.kind === 'dataset' ? 'Dataset' : 'Model',
      resourceType: facts.kind === 'dataset' ? 'Data set' : 'Machine learning model',
    },
    subjects: facts.keywords.map((subject) => ({ subject })),
    dates: [
      { date: facts.createdAt.toISOString().slice(0, 10), dateType: 'Created' },
      { date: commit.createdAt.toISOString().slice(0, 10), dateType: 'Issued' },
    ],
    ...(facts.languages[0] !== undefined && { language: facts.languages[0] }),
    alternateIdentifiers: [{ alternateIdentifier: commit.id, alternateIdentifierType: 'Commit' }],
    relatedIdentifiers: related,
    version: facts.version,
    rightsList: facts.licences.map(({ id, name, url }) => ({
      rights: name,
      ...(url !== undefined && { rightsUri: url }),
      rightsIdentifier: id.toLowerCase(),
      ...(!id.startsWith('LicenseRef-') && {
        rightsIdentifierScheme: 'SPDX',
        schemeUri: 'https://spdx.org/licenses/',
      }),
    })),
    descriptions: [{ description: facts.description, descriptionType: 'Abstract' }],
    url: `${facts.url}?revision=${commit.id}`,
    schemaVersion: 'http://datacite.org/schema/kernel-4',
  };
}
