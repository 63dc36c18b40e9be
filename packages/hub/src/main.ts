import { parseArgs } from 'node:util';
import pino from 'pino';
import { readConfig, version } from './config.ts';
import { watchParent } from './parent.ts';

const help = `Banyan ${version}: a self-hosted research commons

Usage: npm start, or banyan start

Settings by environment:
  BANYAN_HOST          where to listen            (127.0.0.1; 0.0.0.0 for all networks)
  BANYAN_PORT          on which port              (8686)
  BANYAN_HOME          database, blobs, caches    ($XDG_DATA_HOME/banyan; for root /var/lib/banyan)
  BANYAN_BLOBS         s3://BUCKET/PREFIX for files (a folder in BANYAN_HOME); AWS_ENDPOINT_URL_S3, AWS_REGION and keys
                       as for any AWS client
  BANYAN_PUBLIC_URL    the address that people use (http://HOST:PORT; https behind a proxy)
  DATABASE_URL         a PostgreSQL 15 or newer   (an embedded one in BANYAN_HOME)
  BANYAN_LOCAL_WORKER  off: run no jobs on this machine
  BANYAN_LEASE_SECONDS a worker's silence, after which its job goes to another (30; 3 to 600)
  BANYAN_GARBAGE_HOURS how long files that nothing refers to are kept (48; 0 to 8760)
  BANYAN_ANONYMOUS_READ on: whoever is not signed in may list and read what is public (off)
  BANYAN_LOG           debug, info, warn or error (warn), as JSON lines on stderr
`;

function fail(error: unknown): never {
  console.error(error instanceof Error ? error.message : String(error));
  process.exit(1);
}

async function main(): Promise<void> {
  const { values } = parseArgs({ options: { help: { type: 'boolean', short: 'h' } } });
  if (values.help) {
    process.stdout.write(help);
    return;
  }
  const log = pino({ level: process.env.BANYAN_LOG ?? 'warn' }, pino.destination(2));
  const config = readConfig(process.env);
  // Loaded now: help, and what is wrong with a setting, need not wait for the whole server.
  const starting = import('./hub.ts').then(({ runHub }) => runHub(config, log, (line) => console.log(line)));
  let stopping = false;
  const stop = async (code: number): Promise<void> => {
    if (stopping) return;
    stopping = true;
    const hub = await starting.catch(() => undefined);
    await hub?.stop();
    process.exit(code);
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
    process.on(signal, () => void stop(0).catch(fail));
  watchParent(() => void stop(0).catch(fail));
  process.on('uncaughtException', (error) => {
    log.fatal(
      { error: error.message, stack: error.stack },
      'the hub stops after a failure that nobody handled',
    );
    void stop(1).catch(fail);
  });
  await starting;
}

await main().catch(fail);
