import { createHash } from 'node:crypto';
import type { FileEntry, Json } from '@banyan/contract';
import { type Creator } from './creators.ts';
import { croissantContext } from './croissant-context.ts';
import { Ids, recordSets } from './croissant-records.ts';
import type { VersionFacts } from './facts.ts';
import { mediaTypeOf } from './media-types.ts';
import type { TableProfile } from './profile.ts';
import type { Activity } from './provenance.ts';
import { raiOf } from './rai.ts';
import { configsOf } from './splits.ts';

type Node = { [key: string]: Json };

type File = Pick<FileEntry, 'path' | 'sha256' | 'sizeBytes'>;

/** Files beyond these are in the version, and not named one by one in its description. */
export const maxListedFiles = 2000;

/**
 * Croissant 1.1 for a dataset version. `local` describes a folder that holds the files (its file addresses are
 * relative); otherwise they are addresses of this hub. `files` are at most `maxListedFiles`, those with rows first.
 */
export function croissantOf(
  facts: VersionFacts,
  version: {
    files: readonly File[];
    complete: boolean;
    table: TableProfile | undefined;
    madeBy?: Activity | undefined;
  },
  options: { local?: boolean; citeAs: string },
): Node {
  const { local = false } = options;
  const ids = new Ids();
  ids.take('repo');
  const objects = new Map(
    version.files.map((file) => [file.path, { id: ids.take(file.path), file }] as const),
  );
  const configs = configsOf([...objects.keys()], facts.card.fields.configs);
  const { fileSets, records } = recordSets(ids, configs, version.table, objects, local);
  const rai = raiOf(facts.card.data);
  const needsRepository = !local && (fileSets.length > 0 || !version.complete);
  return {
    '@context': croissantContext,
    '@type': 'sc:Dataset',
    conformsTo: [
      'http://mlcommons.org/croissant/1.1',
      ...(Object.keys(rai).length > 0 ? ['http://mlcommons.org/croissant/RAI/1.0'] : []),
    ],
    '@id': local ? './' : `${facts.url}?revision=${facts.commit.id}`,
    name: facts.path.split('/')[1] ?? facts.path,
    alternateName: [facts.path, facts.title],
    description: facts.description,
    url: facts.url,
    identifier: facts.doi === undefined ? facts.commit.id : `https://doi.org/${facts.doi}`,
    version: facts.semanticVersion,
    license: facts.licences.map(({ url, name }) => url ?? name),
    creator: facts.creators.map(agent),
    publisher: {
      '@type': 'sc:Organization',
      name: facts.publisher.name,
      ...(facts.publisher.ror !== undefined && { url: facts.publisher.ror }),
    },
    dateCreated: facts.createdAt.toISOString(),
    datePublished: facts.commit.createdAt.toISOString(),
    dateModified: facts.commit.createdAt.toISOString(),
    ...(facts.keywords.length > 0 && { keywords: facts.keywords }),
    ...(facts.languages.length > 0 && { inLanguage: facts.languages }),
    ...(facts.terms.purposes.length > 0 && { usageInfo: `${facts.url}?tab=access` }),
    citeAs: options.citeAs,
    ...rai,
    ...provenance(facts, version.madeBy),
    distribution: [
      ...(needsRepository ? [repositoryObject(facts, version.files)] : []),
      ...[...objects.values()].map(({ id, file }) => ({
        '@type': 'cr:FileObject',
        '@id': id,
        name: file.path,
        contentUrl: local ? file.path : fileAddress(facts, file.path),
        contentSize: `${file.sizeBytes} B`,
        encodingFormat: mediaTypeOf(file.path),
        sha256: file.sha256,
      })),
      ...fileSets,
    ],
    ...(records.length > 0 && { recordSet: records }),
  };
}

const organisation = ({ name: title, ror }: Creator['affiliations'][number]): Node => ({
  '@type': 'sc:Organization',
  name: title,
  ...(ror !== undefined && { url: ror, identifier: ror }),
});

function agent({ kind, name, orcid, affiliations }: Creator): Node {
  return {
    '@type': kind === 'person' ? 'sc:Person' : 'sc:Organization',
    name,
    ...(orcid !== undefined && {
      url: `https://orcid.org/${orcid}`,
      identifier: `https://orcid.org/${orcid}`,
    }),
    ...(affiliations.length > 0 && { affiliation: affiliations.map(organisation) }),
  };
}

const fileAddress = ({ hubUrl, kind, path, commit }: VersionFacts, file: string): string =>
  `${hubUrl}/api/files/${kind}/${path}/${commit.id}/${file.split('/').map(encodeURIComponent).join('/')}`;

/**
 * The version as a whole, for splits of several files. Readers that want one checksum of it get that of the list of its
 * files (`sha256sum`'s format, by path).
 */
function repositoryObject(facts: VersionFacts, files: readonly File[]): Node {
  const list = createHash('sha256');
  for (const { path, sha256 } of files) list.update(`${sha256}  ${path}\n`);
  return {
    '@type': 'cr:FileObject',
    '@id': 'repo',
    name: 'repo',
    description:
      'All files of this version. Download them (banyan pull, or snapshot_download of huggingface_hub), then tell mlcroissant: mapping={"repo": folder}.',
    contentUrl: `${facts.hubUrl}/datasets/${facts.path}`,
    encodingFormat: 'git+https',
    sha256: list.digest('hex'),
  };
}

function provenance(facts: VersionFacts, madeBy: Activity | undefined): Node {
  const derived = facts.sources.map(({ url, revision }) => ({ '@id': `${url}?revision=${revision}` }));
  return {
    ...(derived.length > 0 && { 'prov:wasDerivedFrom': derived }),
    ...(madeBy && {
      'prov:wasGeneratedBy': {
        '@type': 'prov:Activity',
        '@id': `${facts.hubUrl}/api/v1/jobs/${madeBy.job}`,
        'prov:label': madeBy.title,
        ...(madeBy.startedAt && { 'prov:startedAtTime': madeBy.startedAt.toISOString() }),
        ...(madeBy.finishedAt && { 'prov:endedAtTime': madeBy.finishedAt.toISOString() }),
        'prov:used': madeBy.inputs.map((input) => ({
          '@id': `${facts.hubUrl}/${input.kind}s/${input.path}?revision=${input.commit}`,
        })),
        'prov:wasAssociatedWith': { '@type': 'prov:Agent', 'prov:label': madeBy.by },
      },
    }),
  };
}
