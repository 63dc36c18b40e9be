import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createHubClient, type HubApi, type Role } from '@banyan/contract';
import pino from 'pino';
import { createApp } from './app.ts';
import { localUrl, portOf, version } from './config.ts';
import type { Services } from './context.ts';
import { insertPerson } from './people/store.ts';
import { insertToken } from './people/tokens.ts';
import { closeServices, openServices } from './services.ts';
import { createTestDatabase, type TestDatabase } from './testing/database.ts';

export { createTestDatabase, type TestDatabase } from './testing/database.ts';

/** A person of a test, who speaks to the hub over HTTP with a token of their own. */
export interface TestPerson {
  username: string;
  token: string;
  api: HubApi;
}

export interface TestHub {
  url: string;
  services: Services;
  database: TestDatabase['connection'];
  /** Every route of the server, as in `GET /healthz`. */
  routes: string[];
  /** The contract's client; without a token it is anonymous. */
  client(token?: string): HubApi;
  /** The hub's administrator, made once. */
  owner(): Promise<TestPerson>;
  person(options?: { username?: string; administrator?: boolean }): Promise<TestPerson>;
  organisation(owner: TestPerson, slug?: string): Promise<string>;
  project(owner: TestPerson, options?: { slug?: string; visibility?: 'public' | 'private' }): Promise<string>;
  /** A new person with a role in a namespace. */
  member(owner: TestPerson, namespace: string, role: Role): Promise<TestPerson>;
  stop(): Promise<void>;
}

/** A real hub that listens on a port of its own, on a database and a home of its own. Stop it in `afterAll`. */
export async function startTestHub(settings: { anonymousRead?: boolean } = {}): Promise<TestHub> {
  const database = await createTestDatabase();
  const home = await mkdtemp(path.join(tmpdir(), 'banyan-hub-'));
  const config = {
    host: '127.0.0.1',
    port: 0,
    home,
    publicUrl: '',
    blobs: undefined,
    databaseUrl: undefined,
    localWorker: false,
    leaseSeconds: 30,
    garbageHours: 48,
    anonymousRead: settings.anonymousRead ?? false,
    version,
  };
  const log = pino({ level: process.env.BANYAN_LOG ?? 'silent' }, pino.destination(2));
  const services = await openServices(config, database.connection, log);
  const routes: string[] = [];
  const app = await createApp(services, ({ method, url }) => routes.push(`${String(method)} ${url}`));
  await app.listen({ host: config.host, port: 0 });
  const url = localUrl(config.host, portOf(app.addresses()));
  config.publicUrl = url;

  let made = 0;
  let owner: Promise<TestPerson> | undefined;
  const name = (kind: string) => `${kind}-${++made}`;
  const client = (token?: string) => createHubClient({ url, ...(token !== undefined && { token }) });

  const person: TestHub['person'] = async ({ username = name('person'), administrator = false } = {}) => {
    const token = await services.db.transaction(async (tx) => {
      const row = await insertPerson(tx, {
        username,
        name: username,
        passwordHash: undefined,
        administrator,
      });
      return (await insertToken(tx, { name: 'test', scope: 'write', person: row.id })).secret;
    });
    return { username, token, api: client(token) };
  };

  return {
    url,
    services,
    database: database.connection,
    routes,
    client,
    person,
    owner: () => (owner ??= person({ username: 'owner', administrator: true })),
    async organisation({ api }, slug = name('organisation')) {
      await api.organisations.create({ slug, title: slug });
      return slug;
    },
    async project({ api }, { slug = name('project'), visibility = 'private' } = {}) {
      await api.projects.create({ slug, title: slug, visibility });
      return slug;
    },
    async member({ api }, namespace, role) {
      const added = await person();
      await api.members.set({ namespace, username: added.username, role });
      return added;
    },
    async stop() {
      await app.close();
      await closeServices(services);
      await database.drop();
      await rm(home, { recursive: true, force: true });
    },
  };
}
