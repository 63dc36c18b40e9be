import { setTimeout as sleep } from 'node:timers/promises';
import type { Services } from '../context.ts';
import { loggable } from '../failures.ts';
import { collectBlobs, collectStrays } from './collect.ts';
import { expireUploads } from './uploads/sessions.ts';
import { removeStrays } from './uploads/strays.ts';
import { collectXorbs } from './xet/xorbs.ts';

const everyMs = 10 * 60_000;
/** Walking over the whole store is for once in a while. */
const straysEveryMs = 24 * 3_600_000;

/** Drops uploads that were never finished, and chunks and blobs that nothing needs, until it is stopped. */
export function startUpkeep(services: Services): () => Promise<void> {
  const stop = new AbortController();
  const graceMs = services.config.garbageHours * 3_600_000;
  let after = '';
  let straysAt = 0;
  const work = (async () => {
    while (!stop.signal.aborted) {
      try {
        await expireUploads(services);
        await collectXorbs(services);
        ({ after } = await collectBlobs(services, { graceMs, after }));
        if (Date.now() - straysAt > straysEveryMs) {
          await collectStrays(services, { graceMs });
          await removeStrays(services);
          straysAt = Date.now();
        }
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
