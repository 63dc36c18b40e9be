import { z } from 'zod';
import { base } from './base.ts';
import { id, json, pageOf, pageQuery, repositoryPath, revision, slug, timestamp } from './names.ts';

export const deployment = z.object({
  /** The slash-free name in addresses: `/v2/models/{name}/infer`. */
  name: slug,
  project: slug,
  model: repositoryPath,
  commit: z.string(),
  visibility: z.enum(['project', 'public']),
  state: z.enum(['starting', 'ready', 'failed', 'stopped']),
  message: z.string().optional(),
  job: id,
  /** What the model takes and gives, from its manifest; present once ready. */
  manifest: json.optional(),
  addresses: z.object({
    predict: z.string(),
    infer: z.string(),
    chat: z.string().optional(),
    completions: z.string().optional(),
  }),
  requests: z.number().int(),
  createdBy: slug,
  createdAt: timestamp,
});
export type Deployment = z.infer<typeof deployment>;

export const deployments = {
  create: base
    .route({
      method: 'POST',
      path: '/deployments',
      tags: ['deployments'],
      summary: 'Serve a model version behind an address',
    })
    .input(
      z.object({
        model: repositoryPath,
        revision: revision.default('main'),
        /** Default: the model's path with "-" for "/". */
        name: slug.optional(),
        project: slug.optional().describe("default: the model's namespace"),
        visibility: z.enum(['project', 'public']).default('project'),
        site: slug.optional(),
      }),
    )
    .output(deployment),
  list: base
    .route({ method: 'GET', path: '/deployments', tags: ['deployments'], summary: 'Deployments I may call' })
    .input(pageQuery.extend({ project: slug.optional() }))
    .output(pageOf(deployment)),
  get: base
    .route({ method: 'GET', path: '/deployments/{name}', tags: ['deployments'], summary: 'One deployment' })
    .input(z.object({ name: slug }))
    .output(deployment),
  stop: base
    .route({ method: 'DELETE', path: '/deployments/{name}', tags: ['deployments'], summary: 'Stop serving' })
    .input(z.object({ name: slug }))
    .output(deployment),
  /** Raw rows in, predictions out: a row is an object of columns; a windowed model takes an array of rows an example. */
  predict: base
    .route({
      method: 'POST',
      path: '/deployments/{name}/predict',
      tags: ['deployments'],
      summary: 'Predict for raw rows',
    })
    .input(z.object({ name: slug, rows: z.array(json).min(1).max(10_000) }))
    .output(z.object({ predictions: z.array(json) })),
};
