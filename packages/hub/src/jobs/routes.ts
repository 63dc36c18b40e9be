import { os } from '../rpc.ts';
import { completeJob } from './complete.ts';
import { cancelJob, listJobs, readJob } from './jobs.ts';
import { leaseJob } from './lease.ts';
import { addLines, addPoints, failJob, heartbeat, releaseJob, saveCheckpoint } from './leased.ts';
import { orderEvaluation, orderExplanation, orderPreparation } from './orders.ts';
import { moreFiles } from './payload.ts';
import { registerWorker } from './workers.ts';

const done = () => ({});

export const jobRoutes = {
  prepare: os.jobs.prepare.handler(({ input, context }) => orderPreparation(context, input)),
  evaluate: os.jobs.evaluate.handler(({ input, context }) => orderEvaluation(context, input)),
  explain: os.jobs.explain.handler(({ input, context }) => orderExplanation(context, input)),
  list: os.jobs.list.handler(({ input, context }) => listJobs(context, input)),
  get: os.jobs.get.handler(({ input, context }) => readJob(context, input.id)),
  cancel: os.jobs.cancel.handler(({ input, context }) => cancelJob(context, input.id)),
};

export const workerRoutes = {
  register: os.worker.register.handler(({ input, context }) => registerWorker(context, input)),
  lease: os.worker.lease.handler(({ input, context, signal }) => leaseJob(context, input, signal)),
  files: os.worker.files.handler(({ input, context }) => moreFiles(context, input)),
  heartbeat: os.worker.heartbeat.handler(({ input, context }) => heartbeat(context, input)),
  points: os.worker.points.handler(({ input, context }) => addPoints(context, input).then(done)),
  log: os.worker.log.handler(({ input, context }) => addLines(context, input).then(done)),
  checkpoint: os.worker.checkpoint.handler(({ input, context }) => saveCheckpoint(context, input).then(done)),
  complete: os.worker.complete.handler(({ input, context }) => completeJob(context, input).then(done)),
  fail: os.worker.fail.handler(({ input, context }) => failJob(context, input).then(done)),
  release: os.worker.release.handler(({ input, context }) => releaseJob(context, input).then(done)),
};
