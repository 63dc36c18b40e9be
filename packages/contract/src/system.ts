import { z } from 'zod';
import { base } from './base.ts';

/** What a collection of garbage took away. */
const collected = z.object({
  /** Uploads that were never finished. */
  uploads: z.number().int(),
  /** Packs of chunks that no file uses. */
  chunkPacks: z.number().int(),
  /** Files that no version, upload or job needs. */
  files: z.number().int(),
  /** Bytes that a killed hub left without a name. */
  strays: z.number().int(),
  /** Of the store. */
  freedBytes: z.number(),
});
export type Collected = z.infer<typeof collected>;

export const system = {
  collect: base
    .route({
      method: 'POST',
      path: '/collect',
      tags: ['system'],
      summary: 'Collect garbage now: what nothing refers to any more, after its time of grace',
    })
    .output(collected),
  info: base
    .route({
      method: 'GET',
      path: '/info',
      tags: ['system'],
      summary: 'This hub: version, whether it still waits for its owner',
    })
    .output(
      z.object({
        name: z.literal('Banyan'),
        version: z.string(),
        needsSetup: z.boolean(),
        publicUrl: z.string(),
      }),
    ),
};
