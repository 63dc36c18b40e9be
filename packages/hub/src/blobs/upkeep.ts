import { setTimeout as sleep } from 'node:timers/promises';
import type { Services } from '../context.ts';
import { loggable } from '../failures.ts';
import { expireUploads } from './uploads/sessions.ts';
import { collectXorbs } from './xet/xorbs.ts';

const everyMs = 10 * 60_000;

/** Drops uploads that were never finished, and chunks that nothing needs, until it is stopped. */
export function startUpkeep(services: Services): () => Promise<void> {
  const stop = new AbortController();
  const work = (async () => {
    while (!stop.signal.aborted) {
      try {
        await expireUploads(services);
        await collectXorbs(services);
      } catch (error) {
        services.log.warn({ error: loggable(error) }, 'the upkeep of blobs failed, trying again');
      }
      await sleep(everyMs, undefined, { signal: stop.signal, ref: false }).catch(() => {});
    }
  })();
  return async () => {
    stop.abort();
    await work;
  };
}
