import type { FastifyInstance } from 'fastify';
import type { ClientConfig } from 'pg';
import type { Logger } from 'pino';
import { createApp } from './app.ts';
import { startUpkeep } from './blobs/upkeep.ts';
import { type Config, localUrl, portOf } from './config.ts';
import { startPostgres } from './db/embedded.ts';
import { databaseAddress, takeHome } from './home.ts';
import { renewLeases, startReaper } from './jobs/reaper.ts';
import { startLocalWorker } from './local-worker.ts';
import { issueSetupCode } from './people/setup.ts';
import { describeOldRepositories } from './repositories/card/describe.ts';
import { closeServices, openServices } from './services.ts';

export interface RunningHub {
  /** The address at which this machine reaches it. */
  url: string;
  /** Ends worker, server and database, in this order: each may need what comes after it. */
  stop(): Promise<void>;
}

/** Starts everything; `say` gets the lines for the console. When a part fails, what started before it is stopped again. */
export async function runHub(config: Config, log: Logger, say: (line: string) => void): Promise<RunningHub> {
  const ends: (() => Promise<unknown>)[] = [];
  const stop = async () => {
    for (const end of ends.splice(0).toReversed()) await end();
  };
  try {
    const home = await takeHome(config.home);
    ends.push(() => home.release());
    const connection = await openConnection(config, log, ends);
    const services = await openServices(config, connection, log);
    ends.push(() => closeServices(services));
    await describeOldRepositories(services);
    await renewLeases(services);
    ends.push(startReaper(services));
    ends.push(startUpkeep(services));
    const app = await createApp(services);
    ends.push(() => app.close());
    const url = await listen(app, config);
    const database = config.databaseUrl === undefined ? { database: databaseAddress(connection) } : {};
    await home.describe({ pid: process.pid, url, ...database });
    const code = await issueSetupCode(services.db);
    if (code !== undefined) {
      say('This hub has no owner yet. Become its owner with this one-time link:');
      say(`  ${config.publicUrl}/setup?code=${code}`);
    }
    if (config.localWorker) {
      const worker = await startLocalWorker(services, url);
      ends.push(() => worker.stop());
    }
    say(`Banyan is ready at ${url}`);
    return { url, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function openConnection(
  config: Config,
  log: Logger,
  ends: (() => Promise<unknown>)[],
): Promise<ClientConfig> {
  if (config.databaseUrl !== undefined) return { connectionString: config.databaseUrl };
  const postgres = await startPostgres(config.home, {
    info: (message) => log.info(message),
    warn: (message) => log.warn(message),
    error: (message) => log.error(message),
  });
  ends.push(() => postgres.stop());
  return postgres.config;
}

/** Listens, and gives the address with the port that was taken (0 asks for a free one). */
async function listen(app: FastifyInstance, config: Config): Promise<string> {
  const { host } = config;
  try {
    await app.listen({ host, port: config.port });
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EADDRINUSE')
      throw new Error(`Another program listens on ${host}:${config.port}. Set BANYAN_PORT to a free port.`, {
        cause: error,
      });
    throw error;
  }
  const url = localUrl(host, portOf(app.addresses()));
  if (config.publicUrl === localUrl(host, config.port)) config.publicUrl = url;
  return url;
}
