import { contributors, maintainers, people, type Row, readers } from './matrix.ts';
import { host, type World } from './world.ts';

const data = ({ project }: World) => ({ kind: 'dataset' as const, namespace: project, name: 'data' });

const version = ({ project }: World) => ({ namespace: project, name: 'data' });

const newRun = ({ owner, project, dataset }: World, n: number) =>
  owner.api.runs.create({ project, algorithm: 'mlp', dataset, model: `${project}/run-${n}` });

/** A job that the site's worker holds, with its lease. */
async function newLease({ api, owner, project, dataset, worker }: World, n: number) {
  await owner.api.jobs.prepare({ project, dataset, recipe: {}, output: `${project}/prepared-${n}` });
  const { lease } = await api.site.worker.lease({ worker, kinds: ['prepare'], waitMs: 0 });
  if (!lease) throw new Error('no job to lease');
  return { id: lease.id, leaseToken: lease.leaseToken };
}

/** Worker calls: the site's token, and those who run the site. A lease says no more than LEASE_LOST to others. */
const holders = 'S L L L . . A . .';
/** The same where the call goes on to be refused for what it brings. */
const holdersBad = 'S L L L b b A b b';

/** Routes about data, work and models. */
export const flowRows: Record<string, Row> = {
  'repositories.create': [
    contributors,
    (api, { project }, n) =>
      api.repositories.create({ kind: 'dataset', namespace: project, name: `made-${n}` }),
  ],
  'repositories.list': [people, (api) => api.repositories.list({})],
  'repositories.get': [readers, (api, world) => api.repositories.get(data(world))],
  'repositories.update': [
    maintainers,
    (api, world) => api.repositories.update({ ...data(world), title: 'Data' }),
  ],
  'repositories.remove': [
    maintainers,
    async (api, world, n) => {
      const at = { ...data(world), name: `doomed-${n}` };
      await world.owner.api.repositories.create(at);
      return api.repositories.remove(at);
    },
  ],
  'repositories.commit': [
    contributors,
    (api, world, n) =>
      api.repositories.commit({
        ...data(world),
        message: 'one more',
        operations: [{ op: 'add', path: `file-${n}`, sha256: world.sha256 }],
      }),
  ],
  'uploads.present': [
    contributors,
    (api, world) => api.uploads.present({ ...data(world), hashes: [world.sha256] }),
  ],
  'uploads.xetToken': [contributors, (api, world) => api.uploads.xetToken(data(world))],
  'repositories.history': [readers, (api, world) => api.repositories.history(data(world))],
  'repositories.tree': [readers, (api, world) => api.repositories.tree(data(world))],
  'repositories.refs': [readers, (api, world) => api.repositories.refs(data(world))],
  'repositories.tag': [
    contributors,
    (api, world, n) => api.repositories.tag({ ...data(world), tag: `v${n}` }),
  ],
  'repositories.card': [readers, (api, world) => api.repositories.card(data(world))],
  'repositories.profile': [readers, (api, world) => api.repositories.profile(data(world))],
  'repositories.explanation': [
    readers,
    (api, world) => api.repositories.explanation({ ...data(world), kind: 'model', name: 'model' }),
  ],

  // Nobody converts it here: whoever may read hears which job will.
  'data.splits': [readers, (api, world) => api.data.splits(version(world))],
  'data.rows': [readers, (api, world) => api.data.rows(version(world))],
  'data.statistics': [readers, (api, world) => api.data.statistics(version(world))],
  'data.sql': [readers, (api, world) => api.data.sql({ ...version(world), sql: 'FROM train' })],

  'algorithms.list': [people, (api) => api.algorithms.list()],
  'runs.create': [
    contributors,
    (api, { project, dataset }, n) =>
      api.runs.create({ project, algorithm: 'mlp', dataset, model: `${project}/by-${n}` }),
  ],
  'runs.list': [readers, (api, { project }) => api.runs.list({ project })],
  'runs.get': [readers, (api, { run }) => api.runs.get({ id: run })],
  'runs.cancel': [maintainers, async (api, world, n) => api.runs.cancel({ id: (await newRun(world, n)).id })],
  'runs.metrics': [readers, (api, { run }) => api.runs.metrics({ id: run })],
  'runs.logs': [readers, (api, { run }) => api.runs.logs({ id: run })],
  'runs.watch': [
    readers,
    async (api, { run }) => {
      for await (const event of await api.runs.watch({ id: run })) return event;
      throw new Error('no event');
    },
  ],
  'races.create': [
    contributors,
    (api, { project, dataset }, n) =>
      api.races.create({
        project,
        title: 'Which?',
        dataset,
        metric: 'accuracy',
        candidates: [{ algorithm: 'mlp' }],
        model: `race-${n}`,
      }),
  ],
  'races.list': [readers, (api, { project }) => api.races.list({ project })],
  'races.get': [readers, (api, { race }) => api.races.get({ id: race })],

  'jobs.prepare': [
    contributors,
    (api, { project, dataset }, n) =>
      api.jobs.prepare({ project, dataset, recipe: {}, output: `${project}/out-${n}` }),
  ],
  'jobs.evaluate': [
    contributors,
    (api, { project, model, dataset }) => api.jobs.evaluate({ project, model, dataset }),
  ],
  // The model was not trained here: those who may ask hear that.
  'jobs.explain': ['S F A b b b A A F', (api, { project, model }) => api.jobs.explain({ project, model })],
  'jobs.list': [people, (api) => api.jobs.list({})],
  'jobs.get': [readers, (api, { job }) => api.jobs.get({ id: job })],
  'jobs.cancel': [
    maintainers,
    async (api, world, n) => api.jobs.cancel({ id: (await newRun(world, n)).job }),
  ],

  'worker.register': [
    'S A A A . . A . .',
    (api, { site }, n) =>
      api.worker.register({
        site,
        name: `w-${n}`,
        version: '0',
        host,
        kinds: ['train'],
        slots: 1,
        catalogue: [],
      }),
  ],
  'worker.lease': [
    'S F F F . . A . .',
    (api, { worker }) => api.worker.lease({ worker, kinds: ['explain'], waitMs: 0 }),
  ],
  'worker.files': [
    holders,
    async (api, world, n) => {
      const { head = '' } = await world.owner.api.repositories.get(data(world));
      const lease = await newLease(world, n);
      return api.worker.files({ ...lease, path: world.dataset, commit: head, after: 'a' });
    },
  ],
  'worker.heartbeat': [holders, async (api, world, n) => api.worker.heartbeat(await newLease(world, n))],
  // The job that is held is no training, which alone has points.
  'worker.points': [
    holdersBad,
    async (api, world, n) => api.worker.points({ ...(await newLease(world, n)), points: [] }),
  ],
  'worker.log': [
    holders,
    async (api, world, n) => api.worker.log({ ...(await newLease(world, n)), lines: [] }),
  ],
  'worker.checkpoint': [
    holdersBad,
    async (api, world, n) =>
      api.worker.checkpoint({ ...(await newLease(world, n)), step: 1, sha256: '0'.repeat(64) }),
  ],
  'worker.complete': [
    holdersBad,
    async (api, world, n) =>
      api.worker.complete({
        ...(await newLease(world, n)),
        result: { kind: 'explain', files: [{ path: 'explanation.json', sha256: world.sha256 }] },
      }),
  ],
  'worker.fail': [
    holders,
    async (api, world, n) =>
      api.worker.fail({
        ...(await newLease(world, n)),
        error: { code: 'test', message: 'test' },
        retry: false,
      }),
  ],
  'worker.release': [holders, async (api, world, n) => api.worker.release(await newLease(world, n))],

  'deployments.create': [
    contributors,
    (api, { model }, n) => api.deployments.create({ model, name: `deployed-${n}` }),
  ],
  'deployments.list': [people, (api) => api.deployments.list({})],
  'deployments.get': [readers, (api, { deployment }) => api.deployments.get({ name: deployment })],
  'deployments.stop': [
    maintainers,
    async (api, { owner, model }, n) => {
      await owner.api.deployments.create({ model, name: `doomed-${n}` });
      return api.deployments.stop({ name: `doomed-${n}` });
    },
  ],
  // No worker serves it yet: those who may call it hear that.
  'deployments.predict': [
    'S F u u u u u A F',
    (api, { deployment }) => api.deployments.predict({ name: deployment, rows: [{}] }),
  ],
};
