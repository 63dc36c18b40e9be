import {
  contributors,
  everybody,
  keepers,
  maintainers,
  people,
  type Row,
  readers,
  siteKeepers,
  writers,
} from './matrix.ts';
import type { World } from './world.ts';

const password = 'a long enough password';
const noId = '01890000-0000-7000-8000-000000000000';
const nobody = 'x'.repeat(32);

/** An invitation into the hub alone. */
async function newCode({ owner }: World): Promise<string> {
  const { url } = await owner.api.people.invite({});
  return url.split('/').at(-1) ?? '';
}

/** A member of the project whom nobody misses. */
async function newMember({ api, owner, project }: World, n: number): Promise<string> {
  const username = `extra-${n}`;
  const { url } = await owner.api.people.invite({ namespace: project, role: 'reader' });
  const code = url.split('/').at(-1) ?? '';
  await api.anonymous.people.acceptInvitation({ code, username, name: username, password });
  return username;
}

/** A gated dataset of the organisation, and a request for it from elsewhere. */
async function newRequest({ owner, outsider, organisation }: World, n: number) {
  const name = `gated-${n}`;
  await owner.api.repositories.create({
    kind: 'dataset',
    namespace: organisation,
    name,
    visibility: 'gated',
  });
  return outsider.api.grants.request({
    resource: { kind: 'dataset', path: `${organisation}/${name}` },
    subject: { kind: 'project', slug: 'elsewhere' },
    purpose: 'to compare',
    acceptTerms: true,
  });
}

/** Routes about who is who, and who may use what. */
export const peopleRows: Record<string, Row> = {
  'system.collect': ['S A A A A A A A .', (api) => api.system.collect()],
  'system.info': [everybody, (api) => api.system.info()],
  'people.setup': [
    'g g g g g g g g g',
    (api, _, n) => api.people.setup({ code: nobody, username: `late-${n}`, name: 'Late', password }),
  ],
  'people.signIn': [
    'w w w w w w w w w',
    (api, _, n) => api.people.signIn({ username: `nobody-${n}`, password }),
  ],
  'people.signOut': [people, (api) => api.people.signOut()],
  'people.me': [people, (api) => api.people.me()],
  'people.updateMe': [writers, (api) => api.people.updateMe({ biography: 'new' })],
  'people.list': [people, (api) => api.people.list({})],
  'people.get': [people, (api, { owner }) => api.people.get({ username: owner.username })],
  'people.invite': [
    maintainers,
    (api, { project }) => api.people.invite({ namespace: project, role: 'reader' }),
  ],
  'people.invitation': [
    everybody,
    async (api, world) => api.people.invitation({ code: await newCode(world) }),
  ],
  'people.acceptInvitation': [
    '. . . . . . A A .',
    async (api, world, n) =>
      api.people.acceptInvitation({
        code: await newCode(world),
        username: `new-${n}`,
        name: 'New',
        password,
      }),
  ],
  'people.tokens': [people, (api) => api.people.tokens()],
  'people.createToken': [writers, (api) => api.people.createToken({ name: 'another' })],
  'people.revokeToken': ['S F F F F F A A F', (api) => api.people.revokeToken({ id: noId })],

  'organisations.create': [
    writers,
    (api, _, n) => api.organisations.create({ slug: `org-${n}`, title: 'Org' }),
  ],
  'organisations.list': [people, (api) => api.organisations.list({})],
  'organisations.get': [people, (api, { organisation }) => api.organisations.get({ slug: organisation })],

  'projects.create': [writers, (api, _, n) => api.projects.create({ slug: `proj-${n}`, title: 'Project' })],
  'projects.list': [people, (api) => api.projects.list({})],
  'projects.get': [readers, (api, { project }) => api.projects.get({ slug: project })],
  'projects.update': [
    maintainers,
    (api, { project }) => api.projects.update({ slug: project, title: 'Flora' }),
  ],
  'projects.credits': [readers, (api, { project }) => api.projects.credits({ slug: project })],

  'members.list': [readers, (api, { project }) => api.members.list({ namespace: project })],
  'members.set': [
    maintainers,
    async (api, world, n) =>
      api.members.set({ namespace: world.project, username: await newMember(world, n), role: 'contributor' }),
  ],
  'members.remove': [
    maintainers,
    async (api, world, n) =>
      api.members.remove({ namespace: world.project, username: await newMember(world, n) }),
  ],

  'grants.request': [
    contributors,
    async (api, world, n) => {
      const { resource } = await newRequest(world, n);
      const subject = { kind: 'project' as const, slug: world.project };
      return api.grants.request({ resource, subject, purpose: 'to learn', acceptTerms: true });
    },
  ],
  'grants.list': [people, (api) => api.grants.list({})],
  'grants.decide': [
    keepers,
    async (api, world, n) => {
      const { id } = await newRequest(world, n);
      return api.grants.decide({ id, decision: 'deny' });
    },
  ],
  'grants.revoke': [
    keepers,
    async (api, world, n) => {
      const { id } = await newRequest(world, n);
      await world.owner.api.grants.decide({ id, decision: 'grant' });
      return api.grants.revoke({ id });
    },
  ],

  'sites.create': [
    keepers,
    (api, { organisation }, n) => api.sites.create({ name: `site-${n}`, organisation }),
  ],
  'sites.list': [people, (api) => api.sites.list({})],
  'sites.get': [people, (api, { site }) => api.sites.get({ name: site })],
  'sites.update': [siteKeepers, (api, { site }) => api.sites.update({ name: site, title: 'Cluster' })],
  'sites.createToken': [siteKeepers, (api, { site }) => api.sites.createToken({ name: site })],

  'ledger.list': [readers, (api, { project }) => api.ledger.list({ namespace: project })],
  'ledger.verify': [people, (api) => api.ledger.verify()],
};
