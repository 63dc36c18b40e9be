import type { Collected } from '@banyan/contract';
import type { Context } from '../context.ts';
import { requireAdministrator } from '../policy.ts';
import { collectBlobs, collectStrays } from './collect.ts';
import { expireUploads } from './uploads/sessions.ts';
import { removeStrays } from './uploads/strays.ts';
import { collectXorbs } from './xet/xorbs.ts';

/** What the upkeep does now and then (upkeep.ts), now and to its end: with the same times of grace, beside everything else. */
export async function collectNow(ctx: Context): Promise<Collected> {
  requireAdministrator(ctx);
  let freedBytes = 0;
  const services = {
    ...ctx,
    blobs: {
      ...ctx.blobs,
      async remove(sha256: string) {
        const sizeBytes = await ctx.blobs.sizeBytes(sha256);
        await ctx.blobs.remove(sha256);
        freedBytes += sizeBytes ?? 0;
      },
    },
  };
  const graceMs = ctx.config.garbageHours * 3_600_000;
  const uploads = await toTheEnd(() => expireUploads(services));
  const chunkPacks = await toTheEnd(() => collectXorbs(services));
  let files = 0;
  let after = '';
  do {
    const round = await collectBlobs(services, { graceMs, after });
    files += round.deleted;
    after = round.after;
  } while (after !== '');
  const strays = (await collectStrays(services, { graceMs })) + (await removeStrays(services));
  return { uploads, chunkPacks, files, strays, freedBytes };
}

/** Goes round by round, since one looks at so many and no more; answers how many went. */
async function toTheEnd(round: () => Promise<number>): Promise<number> {
  let all = 0;
  for (let some = await round(); some > 0; some = await round()) all += some;
  return all;
}
