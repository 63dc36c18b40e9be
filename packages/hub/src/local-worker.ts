import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { and, eq, isNull, lt, or } from 'drizzle-orm';
import type { Services } from './context.ts';
import { tokens } from './people/table.ts';
import { insertToken } from './people/tokens.ts';
import { ensureLocalSite } from './sites/sites.ts';

export interface LocalWorker {
  stop(): Promise<void>;
}

const entry = path.join(import.meta.dirname, '../../worker/src/main.ts');
const tokenName = "the hub's own worker";
const stopTimeoutMs = 15_000;
const longRunMs = 60_000;

/**
 * Runs a worker for the site `local` as a child process, and again, ever more slowly, when it dies. Its token lives in
 * its environment alone and is revoked when the hub stops.
 */
export async function startLocalWorker(services: Services, url: string): Promise<LocalWorker> {
  const { db, config, log } = services;
  const site = await ensureLocalSite(db);
  await forgetOldTokens(services, site);
  const { row, secret } = await insertToken(db, { name: tokenName, scope: 'write', site });
  const stopping = new AbortController();
  let child: ChildProcess | undefined;

  const supervise = async (): Promise<void> => {
    for (let delayMs = 500; !stopping.signal.aborted; ) {
      const startedAt = Date.now();
      child = spawnWorker({ url, token: secret, home: path.join(config.home, 'worker') });
      const [code, signal] = (await once(child, 'exit')) as [number | null, string | null];
      if (stopping.signal.aborted) return;
      delayMs = Date.now() - startedAt > longRunMs ? 500 : Math.min(delayMs * 2, 60_000);
      log.error(
        { code, signal },
        `the local worker ended by itself; starting it again in ${delayMs / 1000} s`,
      );
      await wait(delayMs, undefined, { signal: stopping.signal }).catch(() => undefined);
    }
  };
  const ended = supervise();

  return {
    async stop() {
      stopping.abort();
      child?.kill('SIGTERM');
      const kill = setTimeout(() => child?.kill('SIGKILL'), stopTimeoutMs);
      await ended;
      clearTimeout(kill);
      await db.update(tokens).set({ revokedAt: new Date() }).where(eq(tokens.id, row.id));
    },
  };
}

function spawnWorker({ url, token, home }: { url: string; token: string; home: string }): ChildProcess {
  const { DATABASE_URL: _, ...environment } = process.env;
  return spawn(process.execPath, ['--disable-warning=ExperimentalWarning', entry], {
    // The channel carries nothing: it closes when this process dies, however it dies, and the worker then leaves.
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    env: {
      ...environment,
      BANYAN_WORKER_NAME: 'local',
      BANYAN_WORKER_URL: url,
      BANYAN_WORKER_TOKEN: token,
      BANYAN_WORKER_HOME: home,
    },
  });
}

/** A killed hub leaves a token whose secret died with it. Another hub on this database may use its own: by age, then. */
async function forgetOldTokens({ db }: Services, site: string): Promise<void> {
  const old = new Date(Date.now() - 86_400_000);
  await db
    .delete(tokens)
    .where(
      and(
        eq(tokens.site, site),
        eq(tokens.name, tokenName),
        lt(tokens.createdAt, old),
        or(isNull(tokens.lastUsedAt), lt(tokens.lastUsedAt, old)),
      ),
    );
}
