import type { Json } from '@banyan/contract';
import type { Creator } from './creators.ts';
import type { VersionFacts } from './facts.ts';
import { mediaTypeOf } from './media-types.ts';
import type { Activity } from './provenance.ts';

type Entity = { '@id': string; [key: string]: Json };

/** A file of the crate: where it lies there, and what is known of it. */
export interface CrateFile {
  path: string;
  sizeBytes: number;
  sha256?: string;
  /** What it is, of those that the hub adds. */
  description?: string;
}

const processCrate = 'https://w3id.org/ro/wfrun/process/0.5';

/** As a relative address: what a URI may not hold is escaped. */
export const crateId = (path: string): string => path.split('/').map(encodeURIComponent).join('/');

const refTo = (id: string): Json => ({ '@id': id });

export interface CrateVersion {
  facts: VersionFacts;
  madeBy: Activity | undefined;
  /** Of the hub. */
  softwareVersion: string;
}

/**
 * `ro-crate-metadata.json` of RO-Crate 1.1, as a stream of text: a crate may have a hundred thousand files. With what
 * made the version as an action of Process Run Crate 0.5. `files` is walked through twice.
 */
export async function* crateMetadata(
  version: CrateVersion,
  files: () => AsyncIterable<CrateFile>,
): AsyncGenerator<string> {
  const { facts, madeBy } = version;
  const [root, ...others] = describe(version);
  if (!root) throw new Error('a crate has a root');
  yield `{\n"@context": "https://w3id.org/ro/crate/1.1/context",\n"@graph": [\n`;
  yield `${JSON.stringify({
    '@id': 'ro-crate-metadata.json',
    '@type': 'CreativeWork',
    about: refTo('./'),
    conformsTo: refTo('https://w3id.org/ro/crate/1.1'),
    license: refTo('https://spdx.org/licenses/CC0-1.0.html'),
  })},\n`;
  yield `${JSON.stringify(root).slice(0, -1)},"hasPart":[`;
  let first = true;
  for await (const { path } of files()) {
    yield `${first ? '' : ','}${JSON.stringify(refTo(crateId(path)))}`;
    first = false;
  }
  yield ']}';
  for (const entity of others) yield `,\n${JSON.stringify(entity)}`;
  for await (const file of files()) yield `,\n${JSON.stringify(fileEntity(file))}`;
  if (madeBy) for (const entity of actionOf(version, madeBy)) yield `,\n${JSON.stringify(entity)}`;
  yield `,\n${JSON.stringify({
    '@id': 'https://spdx.org/licenses/CC0-1.0.html',
    '@type': 'CreativeWork',
    name: 'Creative Commons Zero v1.0 Universal',
    description: `Licence of this description, not of ${facts.kind === 'dataset' ? 'the data' : 'the model'}.`,
  })}\n]\n}\n`;
}

const fileEntity = ({ path, sizeBytes, sha256, description }: CrateFile): Entity => ({
  '@id': crateId(path),
  '@type': 'File',
  name: path,
  contentSize: String(sizeBytes),
  encodingFormat: mediaTypeOf(path),
  ...(sha256 !== undefined && { sha256 }),
  ...(description !== undefined && { description }),
});

/** The root without its files, then the people, organisations, licences and sources that it names. */
function describe({ facts, madeBy }: CrateVersion): Entity[] {
  const licences = facts.licences.map(
    (licence): Entity => ({
      '@id': licence.url ?? `#${licence.id}`,
      '@type': 'CreativeWork',
      name: licence.name,
      identifier: licence.id,
    }),
  );
  if (licences.length === 0)
    licences.push({
      '@id': '#no-licence',
      '@type': 'CreativeWork',
      name: 'No licence given',
      description: 'Its owners have not said under which licence it stands: ask them before you use it.',
    });
  const people = facts.creators.map(creatorEntities);
  const publisher: Entity = {
    '@id': facts.publisher.ror ?? '#publisher',
    '@type': 'Organization',
    name: facts.publisher.name,
    url: facts.hubUrl,
  };
  const sources = facts.sources.map(
    ({ url, path, revision }): Entity => ({
      '@id': `${url}?revision=${revision}`,
      '@type': 'Dataset',
      name: path,
      version: revision,
    }),
  );
  const root: Entity = {
    '@id': './',
    '@type': 'Dataset',
    name: facts.title,
    description: facts.description,
    datePublished: facts.commit.createdAt.toISOString(),
    dateCreated: facts.createdAt.toISOString(),
    license:
      licences.length === 1 ? refTo(licences[0]?.['@id'] ?? '') : licences.map((one) => refTo(one['@id'])),
    author: people.flatMap(([one]) => (one ? [refTo(one['@id'])] : [])),
    publisher: refTo(publisher['@id']),
    version: facts.version,
    identifier: facts.doi === undefined ? facts.commit.id : `https://doi.org/${facts.doi}`,
    url: `${facts.url}?revision=${facts.commit.id}`,
    ...(facts.keywords.length > 0 && { keywords: facts.keywords.join(', ') }),
    ...(facts.languages.length > 0 && { inLanguage: facts.languages }),
    ...(sources.length > 0 && { isBasedOn: sources.map((source) => refTo(source['@id'])) }),
    ...(facts.terms.text.trim() !== '' && { conditionsOfAccess: facts.terms.text.trim() }),
    ...(madeBy && { conformsTo: refTo(processCrate), mentions: [refTo(`#job-${madeBy.job}`)] }),
  };
  return [root, ...unique([...licences, ...people.flat(), publisher, ...sources])];
}

const creatorId = ({ orcid, name }: Creator): string =>
  orcid === undefined ? `#${encodeURIComponent(name)}` : `https://orcid.org/${orcid}`;

function creatorEntities(creator: Creator): Entity[] {
  const { kind, name, given, family, affiliations } = creator;
  const places = affiliations.map(
    (place): Entity => ({
      '@id': place.ror ?? `#${encodeURIComponent(place.name)}`,
      '@type': 'Organization',
      name: place.name,
    }),
  );
  return [
    {
      '@id': creatorId(creator),
      '@type': kind === 'person' ? 'Person' : 'Organization',
      name,
      ...(given !== undefined && { givenName: given }),
      ...(family !== undefined && { familyName: family }),
      ...(places.length > 0 && { affiliation: places.map((place) => refTo(place['@id'])) }),
    },
    ...places,
  ];
}

/** The run that made the version, the program that did it, its settings and what it took. */
function actionOf({ facts, softwareVersion }: CrateVersion, madeBy: Activity): Entity[] {
  const agent =
    madeBy.orcid === undefined ? `#${encodeURIComponent(madeBy.by)}` : `https://orcid.org/${madeBy.orcid}`;
  const inputs = madeBy.inputs.map(
    ({ kind, path, commit }): Entity => ({
      '@id': `${facts.hubUrl}/${kind}s/${path}?revision=${commit}`,
      '@type': 'Dataset',
      name: path,
      version: commit,
    }),
  );
  const parameters = Object.entries(madeBy.parameters).map(
    ([name, value]): Entity => ({
      '@id': `#parameter-${name}`,
      '@type': 'PropertyValue',
      name,
      value: typeof value === 'object' ? JSON.stringify(value) : value,
    }),
  );
  const known = new Set([
    ...facts.creators.map(creatorId),
    ...facts.sources.map(({ url, revision }) => `${url}?revision=${revision}`),
  ]);
  return [
    { '@id': processCrate, '@type': 'CreativeWork', name: 'Process Run Crate', version: '0.5' },
    {
      '@id': `#job-${madeBy.job}`,
      '@type': 'CreateAction',
      name: madeBy.title,
      ...(madeBy.run && {
        identifier: madeBy.run.id,
        description: `Run ${madeBy.run.number}: ${madeBy.run.name}`,
      }),
      ...(madeBy.startedAt && { startTime: madeBy.startedAt.toISOString() }),
      ...(madeBy.finishedAt && { endTime: madeBy.finishedAt.toISOString() }),
      actionStatus: refTo('http://schema.org/CompletedActionStatus'),
      instrument: refTo('#banyan'),
      agent: refTo(agent),
      object: [...inputs, ...parameters].map((entity) => refTo(entity['@id'])),
      result: [refTo('./')],
    },
    {
      '@id': '#banyan',
      '@type': 'SoftwareApplication',
      name: 'Banyan',
      description: madeBy.kind === 'prepare' ? 'Preparation of data by a recipe' : 'Training of a model',
      softwareVersion,
      url: facts.hubUrl,
    },
    ...unique([...inputs, ...parameters, { '@id': agent, '@type': 'Person', name: madeBy.by }]).filter(
      (entity) => !known.has(entity['@id']),
    ),
  ];
}

const unique = (entities: Entity[]): Entity[] => [
  ...new Map(entities.map((entity) => [entity['@id'], entity])).values(),
];
