import { eventIterator } from '@orpc/contract';
import { z } from 'zod';
import { base } from './base.ts';
import { id, json, pageOf, pageQuery, repositoryPath, revision, slug, timestamp } from './names.ts';

export const task = z.enum(['classification', 'regression', 'forecast', 'generation', 'reconstruction']);

/** A catalogue entry as its worker announced it: the config's JSON Schema draws the web form and the docs' table. */
export const algorithmInfo = z.object({
  name: slug,
  title: z.string(),
  summary: z.string(),
  formula: z.string(),
  /** The formula for print, in LaTeX's mathematics. */
  latex: z.string().max(2000).optional(),
  /** When to take it, and when not. */
  goodFor: z.string().max(2000).optional(),
  symbols: z.record(z.string(), z.string()),
  paper: z.object({
    title: z.string(),
    authors: z.string(),
    year: z.number().int(),
    url: z.string().optional(),
  }),
  tasks: z.array(task),
  kinds: z.array(z.enum(['tabular', 'sequence', 'image', 'text'])),
  baseline: z.boolean(),
  metrics: z.array(z.string()),
  config: json,
});
export type AlgorithmInfo = z.infer<typeof algorithmInfo>;

/**
 * Which arithmetic trains: `native` is fast, and gives the same bits on the same machine with the same number of threads;
 * `deterministic` (WebAssembly on one thread) is several times slower and gives the same bits on every machine.
 */
export const lane = z.enum(['native', 'deterministic']);
export type Lane = z.infer<typeof lane>;

/** What computed a training: a build of ONNX Runtime by its name on npm, where it ran its kernels, and on how many threads. */
export const runtimeFacts = z.object({
  name: z.string().max(60),
  version: z.string().max(60),
  provider: z.enum(['native', 'wasm', 'webgpu']),
  threads: z.number().int().min(1),
});
export type RuntimeFacts = z.infer<typeof runtimeFacts>;

/** As `onnxruntime-node 1.30.0 (native, 2 threads)`. */
export const describeRuntime = ({ name, version, provider, threads }: RuntimeFacts): string =>
  `${name} ${version} (${provider}, ${threads} ${threads === 1 ? 'thread' : 'threads'})`;

/** One training: parsed alike by the web form, the command line and the worker. */
export const runSpec = z.object({
  project: slug,
  name: z.string().min(1).max(120).optional(),
  algorithm: slug,
  config: z.record(z.string(), json).default({}),
  /** A prepared dataset version (it holds train, valid and test splits). */
  dataset: repositoryPath,
  revision: revision.default('main'),
  seed: z
    .number()
    .int()
    .min(0)
    .max(2 ** 31 - 1)
    .default(1),
  lane: lane.default('native'),
  /** Where the model version goes, `project/name`; made if it does not exist. */
  model: repositoryPath,
  /** Run at this site alone. */
  site: slug.optional(),
  checkpointEverySeconds: z.number().min(1).max(3600).default(30),
});
export type RunSpec = z.infer<typeof runSpec>;

/** A metric with its 95 % bootstrap interval on the held-out rows. */
export const measured = z.object({ value: z.number(), low: z.number(), high: z.number() });
export const evaluation = z.object({
  metrics: z.record(z.string(), measured),
  confusion: z.object({ labels: z.array(z.string()), counts: z.array(z.array(z.number().int())) }).optional(),
  rows: z.number().int(),
});
export type Evaluation = z.infer<typeof evaluation>;

export const runState = z.enum(['queued', 'running', 'succeeded', 'failed', 'cancelled']);
export const progress = z.object({
  step: z.number().int().min(0),
  totalSteps: z.number().int().min(0).optional(),
  phase: z.string().max(120).optional(),
  /** What is counted within a pass over data; steps, if not said. */
  unit: z.enum(['rows', 'bytes']).optional(),
  /** Of this pass. */
  remainingMs: z.number().int().min(0).optional(),
});
export type Progress = z.infer<typeof progress>;

export const run = z.object({
  id,
  number: z.number().int().describe('counts up within the project'),
  name: z.string(),
  spec: runSpec,
  /** The exact commits that were used and made. */
  datasetCommit: z.string(),
  modelCommit: z.string().optional(),
  state: runState,
  job: id,
  race: id.optional(),
  progress: progress.optional(),
  error: z.object({ code: z.string(), message: z.string() }).optional(),
  evaluation: evaluation.optional(),
  baseline: z.object({ algorithm: slug, evaluation }).optional(),
  /** What computed it; absent until it has succeeded, and for models that are counted, not trained by steps. */
  runtime: runtimeFacts.optional(),
  createdBy: slug,
  worker: z.string().optional(),
  site: slug.optional(),
  attempts: z.number().int(),
  createdAt: timestamp,
  startedAt: timestamp.optional(),
  finishedAt: timestamp.optional(),
});
export type Run = z.infer<typeof run>;

export const point = z.object({
  name: z.string().min(1).max(100),
  step: z.number().int().min(0),
  value: z.number(),
});
export type Point = z.infer<typeof point>;
export const series = z.object({ name: z.string(), steps: z.array(z.number()), values: z.array(z.number()) });
export const logLine = z.object({
  at: timestamp,
  level: z.enum(['info', 'warning', 'error']),
  message: z.string().max(4000),
});
export type LogLine = z.infer<typeof logLine>;

/** What a page that watches a run receives: the whole run when its state changes, points and log lines as they come. */
export const runEvent = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('run'), run }),
  z.object({ kind: z.literal('points'), points: z.array(point) }),
  z.object({ kind: z.literal('logs'), lines: z.array(logLine) }),
]);
export type RunEvent = z.infer<typeof runEvent>;

export const algorithms = {
  list: base
    .route({ method: 'GET', path: '/algorithms', tags: ['runs'], summary: 'The catalogue' })
    .output(z.array(algorithmInfo)),
};

export const runs = {
  create: base
    .route({ method: 'POST', path: '/runs', tags: ['runs'], summary: 'Train' })
    .input(runSpec)
    .output(run),
  list: base
    .route({ method: 'GET', path: '/runs', tags: ['runs'], summary: 'Runs of a project, newest first' })
    .input(pageQuery.extend({ project: slug, state: runState.optional() }))
    .output(pageOf(run)),
  get: base
    .route({ method: 'GET', path: '/runs/{id}', tags: ['runs'], summary: 'One run' })
    .input(z.object({ id }))
    .output(run),
  cancel: base
    .route({ method: 'POST', path: '/runs/{id}/cancel', tags: ['runs'], summary: 'Stop a run' })
    .input(z.object({ id }))
    .output(run),
  metrics: base
    .route({
      method: 'GET',
      path: '/runs/{id}/metrics',
      tags: ['runs'],
      summary: 'Metric series, thinned to at most `points` each',
    })
    .input(z.object({ id, points: z.coerce.number().int().min(2).max(10_000).default(1000) }))
    .output(z.array(series)),
  logs: base
    .route({ method: 'GET', path: '/runs/{id}/logs', tags: ['runs'], summary: 'The last log lines' })
    .input(z.object({ id }))
    .output(z.array(logLine)),
  watch: base
    .route({
      method: 'GET',
      path: '/runs/{id}/events',
      tags: ['runs'],
      summary: 'Live: server-sent events until the run ends',
    })
    .input(z.object({ id }))
    .output(eventIterator(runEvent)),
};

export const race = z.object({
  id,
  project: slug,
  title: z.string(),
  dataset: repositoryPath,
  datasetCommit: z.string(),
  metric: z.string(),
  state: z.enum(['running', 'finished']),
  /** Best first; unfinished runs last. `tied`: its interval overlaps the leader's. */
  leaderboard: z.array(
    z.object({
      rank: z.number().int().optional(),
      run,
      score: measured.optional(),
      tied: z.boolean(),
      baseline: z.boolean(),
    }),
  ),
  createdBy: slug,
  createdAt: timestamp,
});
export type Race = z.infer<typeof race>;

export const races = {
  create: base
    .route({
      method: 'POST',
      path: '/races',
      tags: ['races'],
      summary: 'Train several candidates on one split and rank them',
    })
    .input(
      z.object({
        project: slug,
        title: z.string().min(1).max(120),
        dataset: repositoryPath,
        revision: revision.default('main'),
        metric: z.enum([
          'accuracy',
          'macro_f1',
          'log_loss',
          'rmse',
          'mae',
          'r2',
          'bits_per_byte',
          'perplexity',
          'loss',
          'reconstruction',
        ]),
        candidates: z
          .array(
            z.object({
              name: z.string().max(120).optional(),
              algorithm: slug,
              config: z.record(z.string(), json).default({}),
            }),
          )
          .min(1)
          .max(50),
        seed: z
          .number()
          .int()
          .min(0)
          .max(2 ** 31 - 1)
          .default(1),
        lane: lane.default('native'),
        /** Each candidate's model goes to `project/<model>-<n>`. */
        model: slug,
        site: slug.optional(),
      }),
    )
    .output(race),
  list: base
    .route({ method: 'GET', path: '/races', tags: ['races'], summary: 'Races of a project' })
    .input(pageQuery.extend({ project: slug }))
    .output(pageOf(race)),
  get: base
    .route({ method: 'GET', path: '/races/{id}', tags: ['races'], summary: 'One race with its leaderboard' })
    .input(z.object({ id }))
    .output(race),
};
