import { z } from 'zod';
import { base } from './base.ts';
import { answer, conversionProblem, convertedFile, queryLimits, queryTable, question } from './data.ts';
import {
  filePath,
  id,
  json,
  pageOf,
  pageQuery,
  repositoryPath,
  revision,
  sha256,
  slug,
  timestamp,
} from './names.ts';
import { repositoryKind } from './repositories.ts';
import { algorithmInfo, evaluation, logLine, point, progress, runSpec, runtimeFacts } from './runs.ts';

export const jobKinds = ['prepare', 'train', 'evaluate', 'explain', 'serve', 'query'] as const;
export const jobKind = z.enum(jobKinds);
export type JobKind = z.infer<typeof jobKind>;

/** A file a worker fetches before it starts: `url` is signed, for this lease alone, relative to the hub. */
export const signedFile = z.object({ path: filePath, sha256, sizeBytes: z.number().int(), url: z.string() });
export type SignedFile = z.infer<typeof signedFile>;
const input = z.object({
  kind: repositoryKind,
  path: repositoryPath,
  commit: z.string(),
  files: z.array(signedFile),
  /** There are more files: those behind this path, which `worker.files` tells a page at a time. */
  after: filePath.optional(),
});
export type JobInput = z.infer<typeof input>;

/** What a worker gets to do. `inputs` by role; the hub has checked consent a moment ago. */
export const jobPayload = z.discriminatedUnion('kind', [
  /** Without a recipe: profile the version only. */
  z.object({
    kind: z.literal('prepare'),
    dataset: input,
    recipe: json.optional(),
    /** The versions of other datasets that the recipe's joins name, each by its path and commit. */
    joins: z.array(input).max(8).optional(),
    seed: z.number().int(),
    /** Profile: the distributions of the version before, in the data package's form, to tell what has moved. */
    previous: json.optional(),
  }),
  z.object({
    kind: z.literal('train'),
    run: id,
    spec: runSpec,
    dataset: input,
    checkpoint: signedFile.optional(),
  }),
  z.object({ kind: z.literal('evaluate'), model: input, dataset: input, seed: z.number().int() }),
  z.object({
    kind: z.literal('explain'),
    model: input,
    dataset: input,
    rows: z.number().int(),
    seed: z.number().int(),
  }),
  z.object({ kind: z.literal('serve'), deployment: slug, model: input }),
  /** `dataset.files` are the Parquet files that the tables name. */
  z.object({
    kind: z.literal('query'),
    dataset: input,
    tables: z.array(queryTable),
    question,
    limits: queryLimits,
  }),
]);
export type JobPayload = z.infer<typeof jobPayload>;

const uploaded = z.object({ path: filePath, sha256 });
/** What a worker hands back; the hub turns `files` into a commit in the same transaction that ends the job. */
export const jobResult = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('prepare'),
    profile: json,
    rows: z.array(z.record(z.string(), json)).max(200),
    files: z.array(uploaded).default([]),
    card: z.string().max(100_000).optional(),
    /** The version's splits as Parquet. */
    converted: z
      .object({
        files: z.array(convertedFile).max(10_000),
        problems: z.array(conversionProblem).max(200),
      })
      .optional(),
  }),
  z.object({
    kind: z.literal('train'),
    files: z.array(uploaded).min(1),
    evaluation,
    baseline: z.object({ algorithm: slug, evaluation }).optional(),
    steps: z.number().int(),
    parameters: z.number().int(),
    runtime: runtimeFacts.optional(),
  }),
  z.object({ kind: z.literal('evaluate'), evaluation }),
  z.object({ kind: z.literal('explain'), files: z.array(uploaded).min(1) }),
  z.object({ kind: z.literal('serve') }),
  z.object({ kind: z.literal('query'), answer }),
]);
export type JobResult = z.infer<typeof jobResult>;

export const jobState = z.enum(['queued', 'running', 'succeeded', 'failed', 'cancelled', 'dead']);
export const job = z.object({
  id,
  kind: jobKind,
  namespace: slug,
  title: z.string(),
  state: jobState,
  attempt: z.number().int(),
  progress: progress.optional(),
  error: z.object({ code: z.string(), message: z.string() }).optional(),
  result: json.optional(),
  worker: z.string().optional(),
  site: slug.optional(),
  /** Why a queued job waits, when no living worker may take it. */
  waitingFor: z.string().optional(),
  createdBy: slug,
  createdAt: timestamp,
  startedAt: timestamp.optional(),
  finishedAt: timestamp.optional(),
});
export type Job = z.infer<typeof job>;

export const jobs = {
  /** Profile, clean, transform and split: writes the prepared version to `output`. */
  prepare: base
    .route({
      method: 'POST',
      path: '/preparations',
      tags: ['jobs'],
      summary: 'Prepare a dataset by a recipe',
    })
    .input(
      z.object({
        project: slug,
        dataset: repositoryPath,
        revision: revision.default('main'),
        recipe: z.record(z.string(), json),
        seed: z
          .number()
          .int()
          .min(0)
          .max(2 ** 31 - 1)
          .default(1),
        output: repositoryPath,
      }),
    )
    .output(job),
  evaluate: base
    .route({
      method: 'POST',
      path: '/evaluations',
      tags: ['jobs'],
      summary: 'Score a model version on the held-out rows of a prepared dataset',
    })
    .input(
      z.object({
        project: slug,
        model: repositoryPath,
        modelRevision: revision.default('main'),
        dataset: repositoryPath,
        revision: revision.default('main'),
      }),
    )
    .output(job),
  explain: base
    .route({ method: 'POST', path: '/explanations', tags: ['jobs'], summary: 'Explain a model version' })
    .input(
      z.object({
        project: slug,
        model: repositoryPath,
        revision: revision.default('main'),
        rows: z.number().int().min(1).max(500).default(50),
      }),
    )
    .output(job),
  list: base
    .route({ method: 'GET', path: '/jobs', tags: ['jobs'], summary: 'Jobs I can see, newest first' })
    .input(
      pageQuery.extend({ namespace: slug.optional(), state: jobState.optional(), kind: jobKind.optional() }),
    )
    .output(pageOf(job)),
  get: base
    .route({ method: 'GET', path: '/jobs/{id}', tags: ['jobs'], summary: 'One job' })
    .input(z.object({ id }))
    .output(job),
  cancel: base
    .route({ method: 'POST', path: '/jobs/{id}/cancel', tags: ['jobs'], summary: 'Stop a job' })
    .input(z.object({ id }))
    .output(job),
};

const leased = z.object({ id, leaseToken: z.string() });
const workerRoute = (path: `/${string}`, summary: string) =>
  base.route({ method: 'POST', path, tags: ['worker protocol'], summary });

/**
 * The worker's side. Every call after the lease carries the lease token: a fencing token, new at each attempt. A call
 * with an old one is refused with LEASE_LOST. Output bytes go to `PUT /api/jobs/{id}/blobs/{sha256}` with the headers
 * `authorization` and `x-lease-token`. A serving worker opens the WebSocket `/api/jobs/{id}/tunnel` (see tunnel.ts).
 */
export const workerProtocol = {
  register: workerRoute('/workers', 'Announce a worker at a site')
    .input(
      z.object({
        site: slug.optional(),
        name: z.string().min(1).max(120),
        version: z.string().max(40),
        host: z.object({
          os: z.string().max(60),
          cpu: z.string().max(120),
          cores: z.number().int(),
          memoryBytes: z.number().int(),
        }),
        kinds: z.array(jobKind).min(1),
        /** How many jobs it takes at once. */
        slots: z.number().int().min(1).max(64),
        catalogue: z.array(algorithmInfo).max(100),
      }),
    )
    .output(z.object({ worker: id, site: slug, leaseSeconds: z.number() })),
  lease: workerRoute('/workers/{worker}/lease', 'Wait for a job (long poll)')
    .input(
      z.object({
        worker: id,
        kinds: z.array(jobKind).min(1),
        waitMs: z.number().int().min(0).max(30_000).default(20_000),
      }),
    )
    .output(
      z.object({
        lease: leased
          .extend({ payload: jobPayload, attempt: z.number().int(), leaseUntil: timestamp })
          .optional(),
      }),
    ),
  files: workerRoute('/jobs/{id}/files', 'More files of an input, of which the lease told the first')
    .input(leased.extend({ path: repositoryPath, commit: z.string().max(64), after: filePath }))
    .output(z.object({ files: z.array(signedFile), after: filePath.optional() })),
  heartbeat: workerRoute('/jobs/{id}/heartbeat', 'Renew the lease, report progress')
    .input(leased.extend({ progress: progress.optional() }))
    .output(z.object({ cancel: z.boolean(), leaseUntil: timestamp })),
  points: workerRoute('/jobs/{id}/points', 'Append metric points; idempotent on (run, name, step)')
    .input(leased.extend({ points: z.array(point).max(10_000) }))
    .output(z.object({})),
  log: workerRoute('/jobs/{id}/logs', 'Append log lines')
    .input(leased.extend({ lines: z.array(logLine).max(1000) }))
    .output(z.object({})),
  checkpoint: workerRoute('/jobs/{id}/checkpoints', 'Record a checkpoint whose blob was uploaded')
    .input(leased.extend({ step: z.number().int(), sha256 }))
    .output(z.object({})),
  complete: workerRoute('/jobs/{id}/complete', 'Hand in the result')
    .input(leased.extend({ result: jobResult }))
    .output(z.object({})),
  fail: workerRoute('/jobs/{id}/fail', 'Report failure; `retry` puts it back in the queue')
    .input(
      leased.extend({
        error: z.object({ code: z.string().max(60), message: z.string().max(4000) }),
        retry: z.boolean(),
      }),
    )
    .output(z.object({})),
  release: workerRoute('/jobs/{id}/release', 'Give the job back unharmed: the worker is stopping')
    .input(leased)
    .output(z.object({})),
};
