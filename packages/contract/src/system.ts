import { z } from 'zod';
import { base } from './base.ts';

export const system = {
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
