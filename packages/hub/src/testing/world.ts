import { Readable } from 'node:stream';
import type { HubApi } from '@banyan/contract';
import { upload } from '../blobs/blobs.ts';
import { findPerson } from '../people/store.ts';
import type { TestHub, TestPerson } from '../testing.ts';

/** Who may ask: nobody, a person from elsewhere, the roles of a project, a weak token, a site, and the administrator. */
export const personas = [
  'anonymous',
  'stranger',
  'reader',
  'contributor',
  'maintainer',
  'owner',
  'reading token',
  'site',
  'administrator',
] as const;
export type Persona = (typeof personas)[number];

/** One private project and one organisation, with the same people in the same roles, and something of every kind. */
export interface World {
  url: string;
  api: Record<Persona, HubApi>;
  tokens: Record<Persona, string | undefined>;
  owner: TestPerson;
  /** Asks for access from outside, for the project `elsewhere` of their own. */
  outsider: TestPerson;
  project: string;
  organisation: string;
  site: string;
  worker: string;
  dataset: string;
  model: string;
  /** A blob that the dataset holds. */
  sha256: string;
  run: string;
  job: string;
  race: string;
  deployment: string;
  /** The number of a discussion of the dataset, and a comment in it, both the owner's. */
  discussion: number;
  comment: string;
}

const algorithm = {
  name: 'mlp',
  title: 'Multilayer perceptron',
  summary: 'Layers',
  formula: 'y = f(Wx + b)',
  symbols: {},
  paper: { title: 'Learning representations', authors: 'Rumelhart et al.', year: 1986 },
  tasks: ['classification' as const],
  kinds: ['tabular' as const],
  baseline: false,
  metrics: ['accuracy'],
  config: { type: 'object', properties: {} },
};
export const host = { os: 'linux', cpu: 'test', cores: 2, memoryBytes: 1 << 30 };

export async function buildWorld(hub: TestHub): Promise<World> {
  const owner = await hub.person({ username: 'olga' });
  const outsider = await hub.person({ username: 'otto' });
  await hub.project(outsider, { slug: 'elsewhere' });
  const project = await hub.project(owner, { slug: 'flora' });
  const organisation = await hub.organisation(owner, 'institute');
  await owner.api.projects.update({ slug: project, organisations: [organisation] });
  const inBoth = async (role: 'reader' | 'contributor' | 'maintainer') => {
    const person = await hub.member(owner, project, role);
    await owner.api.members.set({ namespace: organisation, username: person.username, role });
    return person.token;
  };
  await owner.api.sites.create({ name: 'cluster', organisation, policy: { namespaces: [project] } });
  const { token } = await owner.api.sites.createToken({ name: 'cluster' });
  const reading = await owner.api.people.createToken({ name: 'reading', scope: 'read' });
  const tokens = {
    anonymous: undefined,
    stranger: (await hub.person()).token,
    reader: await inBoth('reader'),
    contributor: await inBoth('contributor'),
    maintainer: await inBoth('maintainer'),
    owner: owner.token,
    'reading token': reading.token,
    site: token,
    administrator: (await hub.owner()).token,
  };
  const clients = Object.entries(tokens).map(([persona, secret]) => [persona, hub.client(secret)]);
  const api: World['api'] = Object.fromEntries(clients);
  const { worker } = await api.site.worker.register({
    name: 'node-1',
    version: '0',
    host,
    kinds: ['prepare', 'train', 'evaluate', 'explain', 'serve'],
    slots: 1,
    catalogue: [algorithm],
  });

  const uploader = await findPerson(hub.services.db, owner.username);
  const { sha256 } = await upload(hub.services, uploader?.id ?? '', Readable.from([Buffer.from('bytes')]));
  const files = (kind: 'dataset' | 'model', name: string, names: string[]) =>
    owner.api.repositories.commit({
      kind,
      namespace: project,
      name,
      message: 'first',
      operations: names.map((path) => ({ op: 'add' as const, path, sha256 })),
    });
  await owner.api.repositories.create({ kind: 'dataset', namespace: project, name: 'data' });
  await files('dataset', 'data', [
    'README.md',
    'train.parquet',
    'valid.parquet',
    'test.parquet',
    'fitted.json',
  ]);
  await owner.api.repositories.create({ kind: 'model', namespace: project, name: 'model' });
  await files('model', 'model', ['README.md', 'model.onnx', 'banyan.json']);
  const dataset = `${project}/data`;
  const run = await owner.api.runs.create({ project, algorithm: 'mlp', dataset, model: `${project}/first` });
  const race = await owner.api.races.create({
    project,
    title: 'Which?',
    dataset,
    metric: 'accuracy',
    candidates: [{ algorithm: 'mlp' }],
    model: 'raced',
  });
  const deployment = await owner.api.deployments.create({ model: `${project}/model`, name: 'deployed' });
  const talk = { kind: 'dataset' as const, namespace: project, name: 'data' };
  const { number } = await owner.api.discussions.open({ ...talk, title: 'Is it right?' });
  const { id: comment } = await owner.api.discussions.comment({ ...talk, number, markdown: 'Perhaps.' });
  return {
    url: hub.url,
    api,
    tokens,
    owner,
    outsider,
    project,
    organisation,
    site: 'cluster',
    worker,
    dataset,
    model: `${project}/model`,
    sha256,
    run: run.id,
    job: run.job,
    race: race.id,
    deployment: deployment.name,
    discussion: number,
    comment,
  };
}
