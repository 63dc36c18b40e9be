import { contributors, maintainers, type Row, readers } from './matrix.ts';
import type { World } from './world.ts';

const data = ({ project }: World) => ({ kind: 'dataset' as const, namespace: project, name: 'data' });
const talk = (world: World) => ({ ...data(world), number: world.discussion });

/** Whoever sees it may speak, with a token that may write. */
const speakers = 'S F . . . . A A F';

/** Routes about versions, discussions and pull requests. */
export const repositoryRows: Record<string, Row> = {
  'repositories.move': [
    maintainers,
    async (api, world, n) => {
      const at = { ...data(world), name: `old-${n}` };
      await world.owner.api.repositories.create(at);
      return api.repositories.move({ ...at, to: { namespace: world.project, name: `new-${n}` } });
    },
  ],
  'versions.createBranch': [
    contributors,
    (api, world, n) => api.versions.createBranch({ ...data(world), branch: `branch/${n}` }),
  ],
  'versions.removeBranch': [
    contributors,
    async (api, world, n) => {
      await world.owner.api.versions.createBranch({ ...data(world), branch: `doomed/${n}` });
      return api.versions.removeBranch({ ...data(world), branch: `doomed/${n}` });
    },
  ],
  'versions.removeTag': [
    maintainers,
    async (api, world, n) => {
      await world.owner.api.repositories.tag({ ...data(world), tag: `doomed-${n}` });
      return api.versions.removeTag({ ...data(world), tag: `doomed-${n}` });
    },
  ],
  'versions.squash': [
    maintainers,
    async (api, world, n) => {
      await world.owner.api.versions.createBranch({ ...data(world), branch: `long-${n}` });
      return api.versions.squash({ ...data(world), branch: `long-${n}`, message: 'one' });
    },
  ],
  'versions.diff': [readers, (api, world) => api.versions.diff(data(world))],
  'versions.textDiff': [
    readers,
    (api, world) => api.versions.textDiff({ ...data(world), path: 'README.md' }),
  ],
  'versions.count': [readers, (api, world) => api.versions.count(data(world))],
  'versions.revert': [
    contributors,
    async (api, world, n) => {
      const { id } = await world.owner.api.repositories.commit({
        ...data(world),
        message: 'a mistake',
        operations: [{ op: 'add', path: `mistake-${n}`, sha256: world.sha256 }],
      });
      return api.versions.revert({ ...data(world), commit: id });
    },
  ],
  'discussions.list': [readers, (api, world) => api.discussions.list(data(world))],
  'discussions.get': [readers, (api, world) => api.discussions.get(talk(world))],
  'discussions.open': [
    speakers,
    (api, world) => api.discussions.open({ ...data(world), title: 'A question' }),
  ],
  'discussions.comment': [
    speakers,
    (api, world) => api.discussions.comment({ ...talk(world), markdown: 'Yes.' }),
  ],
  // The owner's comment.
  'discussions.edit': [
    'S F A A A . A A F',
    (api, world) => api.discussions.edit({ ...talk(world), comment: world.comment, markdown: 'Surely.' }),
  ],
  'discussions.hide': [
    contributors,
    async (api, world) => {
      const { id } = await world.owner.api.discussions.comment({ ...talk(world), markdown: 'Spam' });
      return api.discussions.hide({ ...talk(world), comment: id });
    },
  ],
  'discussions.retitle': [
    contributors,
    (api, world) => api.discussions.retitle({ ...talk(world), title: 'Is it wrong?' }),
  ],
  'discussions.setStatus': [
    contributors,
    (api, world) => api.discussions.setStatus({ ...talk(world), status: 'closed' }),
  ],
  'discussions.update': [
    contributors,
    async (api, world, n) => {
      const { pullRequest: number = 0 } = await world.owner.api.repositories.commit({
        ...data(world),
        message: 'proposed',
        pullRequest: true,
        operations: [{ op: 'add', path: `updated-${n}`, sha256: world.sha256 }],
      });
      await world.owner.api.repositories.commit({
        ...data(world),
        message: 'meanwhile',
        operations: [{ op: 'add', path: `meanwhile-${n}`, sha256: world.sha256 }],
      });
      return api.discussions.update({ ...data(world), number });
    },
  ],
  'discussions.merge': [
    contributors,
    async (api, world, n) => {
      const { pullRequest: number = 0 } = await world.owner.api.repositories.commit({
        ...data(world),
        message: 'proposed',
        pullRequest: true,
        operations: [{ op: 'add', path: `proposed-${n}`, sha256: world.sha256 }],
      });
      return api.discussions.merge({ ...data(world), number });
    },
  ],
};
