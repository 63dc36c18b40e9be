import { randomBytes } from 'node:crypto';
import type { HubProcess } from '../hub-process.ts';
import { invite, signUp } from '../person.ts';
import * as say from './say.ts';
import { joinWorker, project, type World } from './world.ts';

/** Two institutions, one project, people in different roles, and a second worker lent by institution B. */
export async function meet(hub: HubProcess, pictures: string): Promise<World> {
  say.heading('Two institutions found a project');
  const password = randomBytes(9).toString('base64url');
  const amina = await signUp(
    hub.url,
    { setup: hub.setupCode },
    { username: 'amina', name: 'Amina Diallo', password },
  );
  const ingrid = await invite(amina, { username: 'ingrid', name: 'Ingrid Solberg', password });
  const kwame = await invite(amina, { username: 'kwame', name: 'Kwame Mensah', password });
  const sofia = await invite(amina, { username: 'sofia', name: 'Sofia Rossi', password });
  say.line('amina owns the hub and invited ingrid, kwame and sofia');

  await ingrid.api.people.updateMe({
    expertise: ['seabird ecology', 'data stewardship'],
    languages: ['Norwegian', 'English'],
  });
  await kwame.api.people.updateMe({
    expertise: ['machine learning'],
    languages: ['Twi', 'English', 'French'],
  });
  await ingrid.api.organisations.create({
    slug: 'tromso',
    title: 'Polar University',
    kind: 'university',
    country: 'NO',
  });
  await kwame.api.organisations.create({
    slug: 'accra',
    title: 'Gulf Coast Data Lab',
    kind: 'public-lab',
    country: 'GH',
  });
  await kwame.api.projects.create({
    slug: project,
    title: 'Canopy: small models of a large world',
    description:
      'Penguins, weather, handwriting and whales: one project of a university and a public laboratory.',
    organisations: ['tromso', 'accra'],
  });
  await kwame.api.members.set({ namespace: project, username: 'ingrid', role: 'maintainer' });
  await kwame.api.members.set({ namespace: project, username: 'sofia', role: 'reader' });
  say.line('tromso (ingrid) and accra (kwame) work in the project canopy; sofia reads along');

  const site = await kwame.api.sites.create({
    name: 'accra-cluster',
    organisation: 'accra',
    title: 'Gulf Coast cluster',
    policy: { namespaces: [project, 'accra'], maxJobHours: 2 },
  });
  const { token } = await kwame.api.sites.createToken({ name: site.name, expiresInDays: 1 });
  const worker = joinWorker(hub.url, token, 'accra-node-1');
  const errors: string[] = [];
  worker.stderr?.on('data', (chunk: Buffer) => errors.push(chunk.toString()));
  while ((await kwame.api.sites.get({ name: site.name })).workers.length === 0) {
    if (worker.exitCode !== null) throw new Error(`The worker of accra stopped:\n${errors.join('')}`);
    say.progress('waiting for the worker of accra to join');
    await new Promise((done) => setTimeout(done, 200));
  }
  say.line('accra lends a worker: it runs jobs of this project alone');

  return {
    hub,
    workers: [worker],
    amina,
    ingrid,
    kwame,
    sofia,
    results: [],
    pictures,
    addresses: [
      ['sign in', `${hub.url}/ as kwame, password ${password}`],
      ['the project', `${hub.url}/projects/${project}`],
      ['compute', `${hub.url}/compute`],
      ['API reference', `${hub.url}/docs`],
    ],
  };
}
