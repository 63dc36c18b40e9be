import { createRandom, createTrainer, EngineError, type Trainer } from '@banyan/engine';
import {
  type Algorithm,
  type Config,
  type Descent,
  type Feeds,
  type Tensors,
  type TrainingPlan,
} from '../algorithm.ts';
import { contextOf, windowStarts } from '../catalogue/text.ts';
import { createSampler } from './batches.ts';
import { type Progress, readCheckpoint, writeCheckpoint } from './checkpoint.ts';
import { type FitEvent, openValidator, type Run, type Validator } from './run.ts';

/**
 * Gradient descent on an algorithm's program, from the start or from a checkpoint. Examples, masks and noise of a step
 * depend on the seed and the step's number alone, and a checkpoint only reads, so neither saving nor interrupting
 * changes the weights that come out.
 */
export async function* descend(
  algorithm: Algorithm & Descent<Config>,
  run: Run,
): AsyncGenerator<FitEvent, Tensors> {
  const { config, shape, data, options } = run;
  const examples = countExamples(run);
  const plan = algorithm.plan(config, examples);
  const random = createRandom(options.seed);
  const sample = createSampler(random.fork('order'), examples, plan.batchRows);
  const trainer = await openTrainer(algorithm, run, plan);
  const validator = await openValidator(run);
  try {
    const identity = identify(run, examples);
    let progress = options.checkpoint === undefined ? start : resume(identity, trainer, options.checkpoint);
    const isDue = createAlarm(options);
    yield { kind: 'plan', totalSteps: plan.totalSteps, parameters: countParameters(trainer) };
    if (validator === undefined) yield { kind: 'log', message: unvalidated };
    if (progress.step > 0)
      yield { kind: 'log', message: `going on from the checkpoint of step ${progress.step}` };

    for (let step = progress.step + 1; step <= plan.totalSteps; step++) {
      options.signal?.throwIfAborted();
      const feeds = algorithm.feeds(config, shape, data.train, sample(step), random.fork(`step ${step}`));
      const { loss, learningRate, measures } = await takeStep(trainer, feeds, config);
      yield { kind: 'step', step, loss, learningRate, measures };
      progress = { ...progress, step };

      if (validator !== undefined && (step % plan.validateEverySteps === 0 || step === plan.totalSteps)) {
        const metrics = await validator.measure(trainer.parameters());
        yield { kind: 'valid', step, metrics };
        if (plan.patience > 0) progress = judge(progress, metrics[validator.objective]!, trainer);
      }
      if (plan.patience > 0 && progress.waited >= plan.patience) {
        yield { kind: 'log', message: farewell(progress, validator, plan) };
        break;
      }
      if (isDue(step)) {
        yield { kind: 'checkpoint', step, bytes: writeCheckpoint(identity, trainer.checkpoint(), progress) };
      }
    }
    return progress.best?.tensors ?? trainer.parameters();
  } finally {
    await validator?.close();
    await trainer.close();
  }
}

const unvalidated =
  'the validation split is empty (or shorter than one context): nothing is measured in between, and the last weights are kept';

const start: Progress = { step: 0, waited: 0 };

function countExamples({ config, shape, data }: Run): number {
  if (shape.task !== 'generation') return data.train.rows;
  return windowStarts(data.train, contextOf(config));
}

async function openTrainer(
  algorithm: Descent<Config>,
  { config, shape, options }: Run,
  plan: TrainingPlan,
): Promise<Trainer> {
  return createTrainer(algorithm.program(config, shape, plan.batchRows), {
    optimizer: plan.optimizer,
    schedule: plan.schedule,
    seed: options.seed,
    ...(plan.clipNorm > 0 ? { clipNorm: plan.clipNorm } : {}),
    ...(options.threads === undefined ? {} : { threads: options.threads }),
    ...(options.initial === undefined ? {} : { initial: options.initial }),
  });
}

/** What must be equal for a checkpoint to belong to a run. */
const identify = ({ algorithm, config, shape, options: { seed } }: Run, examples: number): string =>
  JSON.stringify({ algorithm: algorithm.name, config, shape, examples, seed });

function resume(identity: string, trainer: Trainer, bytes: Uint8Array): Progress {
  const saved = readCheckpoint(identity, bytes);
  trainer.restore(saved.trainer);
  return saved.progress;
}

async function takeStep(trainer: Trainer, feeds: Feeds, { learningRate, clipNorm }: Config) {
  try {
    return await trainer.step(feeds);
  } catch (cause) {
    if (!(cause instanceof EngineError && cause.code === 'not-finite')) throw cause;
    const clip = clipNorm === 0 ? ', set clipNorm to 1' : '';
    const advice = `Lower learningRate (it is ${String(learningRate)})${clip}, or look for extreme values in the data.`;
    throw new EngineError('not-finite', `${cause.message}. ${advice}`, {
      cause,
      ...(cause.node === undefined ? {} : { node: cause.node }),
    });
  }
}

/** Keeps the weights of the best validation. */
function judge(progress: Progress, value: number, trainer: Trainer): Progress {
  if (progress.best !== undefined && !(value < progress.best.value))
    return { ...progress, waited: progress.waited + 1 };
  return {
    step: progress.step,
    waited: 0,
    best: { value, step: progress.step, tensors: trainer.parameters() },
  };
}

function farewell(
  { step, best }: Progress,
  validator: Validator | undefined,
  { patience }: TrainingPlan,
): string {
  const reached = `${best?.value.toPrecision(4)} at step ${best?.step}`;
  return `stopped at step ${step}: ${patience} validations without a better ${validator?.objective} than ${reached}, whose weights are kept`;
}

const countParameters = (trainer: Trainer): number =>
  trainer
    .parameters()
    .values()
    .reduce((sum, { data }) => sum + data.length, 0);

/** Says when a checkpoint is due: after so many steps, or so many seconds since the last. */
function createAlarm({
  checkpointEverySeconds,
  checkpointEverySteps,
}: Run['options']): (step: number) => boolean {
  const intervalMs = (checkpointEverySeconds ?? Number.POSITIVE_INFINITY) * 1000;
  let lastMs = performance.now();
  return (step) => {
    const due =
      performance.now() - lastMs >= intervalMs ||
      step % (checkpointEverySteps ?? Number.POSITIVE_INFINITY) === 0;
    if (due) lastMs = performance.now();
    return due;
  };
}
