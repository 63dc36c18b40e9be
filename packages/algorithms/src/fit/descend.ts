import { createTrainer, EngineError, type Program, type Trainer } from '@banyan/engine';
import {
  type Algorithm,
  type Config,
  type Descent,
  type Feeds,
  type Stage,
  type Tensors,
  type TrainedModel,
  type TrainingPlan,
} from '../algorithm.ts';
import { contextOf, windowStarts } from '../catalogue/text.ts';
import { adapting, type Learner, plainly, requireAdaptable } from './adapt.ts';
import type { BatchOrder } from './batch-maker.ts';
import { exampleSize } from './batches.ts';
import { type Progress, readCheckpoint, type Saved, writeCheckpoint } from './checkpoint.ts';
import { openLoader } from './loader.ts';
import { type FitEvent, openValidator, type Run, type Validator } from './run.ts';

/**
 * Gradient descent on an algorithm's program, from the start or from a checkpoint; where it has a pretraining, on that
 * first. Examples, masks and noise of a step depend on the seed and the step's number alone, and a checkpoint only reads,
 * so neither saving nor interrupting changes the weights that come out.
 */
export async function* descend(
  algorithm: Algorithm & Descent<Config>,
  run: Run,
): AsyncGenerator<FitEvent, Learned> {
  const examples = countExamples(run);
  const legs = legsOf(algorithm, run, examples);
  requireAdaptable(legs, run);
  const identity = identify(run, examples);
  const saved =
    run.options.checkpoint === undefined ? undefined : readCheckpoint(identity, run.options.checkpoint);
  const totalSteps = legs.at(-1)!.lastStep;
  yield { kind: 'plan', totalSteps, parameters: countParameters(legs.at(-1)!.program) };
  const known = new Set(legs.flatMap(({ program }) => namesOf(program)));
  let tensors: Tensors = run.options.initial ?? new Map();
  let last: Learned = { tensors: new Map() };
  for (const leg of legs) {
    if (saved !== undefined && saved.progress.step > leg.lastStep) continue;
    const isHere = saved !== undefined && saved.progress.step >= leg.firstStep;
    // Each takes what it has from before; a name that none of them has is left for the trainer to refuse.
    const own = new Set(namesOf(leg.program));
    const initial = new Map([...tensors].filter(([name]) => own.has(name) || !known.has(name)));
    const learned = yield* follow(leg, run, {
      identity,
      examples,
      initial,
      saved: isHere ? saved : undefined,
    });
    tensors = new Map([...tensors, ...learned.tensors]);
    last = learned;
  }
  return last;
}

/** What a run ends with. */
export type Learned = Pick<TrainedModel, 'tensors' | 'adapters'>;

const namesOf = ({ graph }: Program): string[] => graph.parameters.map(({ name }) => name);

/** A stage's part of a run; steps count through. */
interface Leg {
  name: 'pretraining' | 'task';
  stage: Stage<Config>;
  plan: TrainingPlan;
  /** Of one of the batch's parts. */
  program: Program;
  firstStep: number;
  lastStep: number;
}

function legsOf(algorithm: Descent<Config>, { config, shape }: Run, examples: number): Leg[] {
  let before = 0;
  const legOf = (name: Leg['name'], stage: Stage<Config>): Leg[] => {
    const plan = stage.plan(config, examples);
    if (plan.totalSteps === 0) return [];
    const firstStep = before + 1;
    before += plan.totalSteps;
    return [
      {
        name,
        stage,
        plan,
        program: stage.program(config, shape, plan.batchRows / (plan.microBatches ?? 1)),
        firstStep,
        lastStep: before,
      },
    ];
  };
  const { pretraining } = algorithm;
  return [
    ...(pretraining === undefined ? [] : legOf('pretraining', pretraining)),
    ...legOf('task', algorithm),
  ];
}

/** Takes the steps of a leg and returns the weights it ends with. */
async function* follow(
  { name, plan, program, firstStep, lastStep }: Leg,
  run: Run,
  {
    identity,
    examples,
    initial,
    saved,
  }: { identity: string; examples: number; initial: Tensors; saved: Saved | undefined },
): AsyncGenerator<FitEvent, Learned> {
  const { algorithm, config, shape, data, options } = run;
  const learner =
    options.adapters === undefined ? plainly(program) : adapting(program, options.adapters, initial);
  const trainer = await openTrainer(learner, run, plan, initial);
  const present = (): Tensors => learner.own(plan.averageDecay ? trainer.averaged() : trainer.parameters());
  const completed = (own: Tensors): Learned => learner.complete(own, trainer.parameters());
  const validator = name === 'task' ? await openValidator(run) : undefined;
  const order: BatchOrder = {
    algorithm: algorithm.name,
    stage: name,
    config,
    shape,
    seed: options.seed,
    examples,
    batchRows: plan.batchRows,
    microBatches: plan.microBatches ?? 1,
    firstStep,
  };
  const loader = await openLoader({ order, split: data.train, program, lastStep, loadIn: options.loadIn });
  try {
    if (saved !== undefined) trainer.restore(saved.trainer);
    let progress: Progress = saved?.progress ?? { step: firstStep - 1, waited: 0 };
    const isDue = createAlarm(options);
    yield { kind: 'memory', plan: trainer.plan };
    yield { kind: 'runtime', runtime: trainer.runtime };
    if (name === 'task' && validator === undefined) yield { kind: 'log', message: unvalidated };
    if (saved !== undefined)
      yield { kind: 'log', message: `going on from the checkpoint of step ${progress.step}` };

    for (let step = progress.step + 1; step <= lastStep; step++) {
      options.signal?.throwIfAborted();
      const batches = await loader.batches(step);
      const { loss, learningRate, measures } = await takeStep(trainer, batches, config, name);
      yield { kind: 'step', step, loss, learningRate, measures, ...(name !== 'task' && { stage: name }) };
      progress = { ...progress, step };

      const isMeasured = (step - firstStep + 1) % plan.validateEverySteps === 0 || step === lastStep;
      if (validator !== undefined && isMeasured) {
        const own = present();
        const metrics = await validator.measure(completed(own).tensors);
        yield { kind: 'valid', step, metrics };
        if (plan.patience > 0) progress = judge(progress, metrics[validator.objective]!, own);
      }
      if (plan.patience > 0 && progress.waited >= plan.patience) {
        yield { kind: 'log', message: farewell(progress, validator, plan) };
        break;
      }
      if (isDue(step)) {
        yield { kind: 'checkpoint', step, bytes: writeCheckpoint(identity, trainer.checkpoint(), progress) };
      }
    }
    return completed(progress.best?.tensors ?? present());
  } finally {
    await loader.close();
    await validator?.close();
    await trainer.close();
  }
}

const unvalidated =
  'the validation split is empty (or shorter than one context): nothing is measured in between, and the last weights are kept';

function countExamples({ config, shape, data }: Run): number {
  if (shape.task !== 'generation') return data.train.rows;
  return windowStarts(data.train, contextOf(config));
}

function openTrainer(
  { program, trainable }: Learner,
  { options }: Run,
  plan: TrainingPlan,
  initial: Tensors,
): Promise<Trainer> {
  return createTrainer(program, {
    optimizer: plan.optimizer,
    schedule: plan.schedule,
    seed: options.seed,
    initial,
    trainable,
    accumulate: (plan.microBatches ?? 1) > 1,
    ...(plan.averageDecay ? { averaging: { decay: plan.averageDecay } } : {}),
    ...(plan.clipNorm > 0 ? { clipNorm: plan.clipNorm } : {}),
    ...(options.lane === undefined ? {} : { lane: options.lane }),
    ...(options.provider === undefined ? {} : { provider: options.provider }),
    ...(options.threads === undefined ? {} : { threads: options.threads }),
    ...(options.memoryLimitBytes === undefined ? {} : { memoryLimitBytes: options.memoryLimitBytes }),
  });
}

/** What must be equal for a checkpoint to belong to a run. */
const identify = (
  { algorithm, config, shape, options: { seed, lane = 'native', adapters } }: Run,
  examples: number,
): string => JSON.stringify({ algorithm: algorithm.name, config, shape, examples, seed, lane, adapters });

async function takeStep(trainer: Trainer, batches: readonly Feeds[], config: Config, name: Leg['name']) {
  try {
    return await trainer.step(batches);
  } catch (cause) {
    if (!(cause instanceof EngineError && cause.code === 'not-finite')) throw cause;
    const rate = name === 'task' ? 'learningRate' : 'pretrainingRate';
    const clip = config['clipNorm'] === 0 ? ', set clipNorm to 1' : '';
    const advice = `Lower ${rate} (it is ${String(config[rate])})${clip}, or look for extreme values in the data.`;
    throw new EngineError('not-finite', `${cause.message}. ${advice}`, {
      cause,
      ...(cause.node === undefined ? {} : { node: cause.node }),
      ...(cause.layer === undefined ? {} : { layer: cause.layer }),
    });
  }
}

/** Keeps the weights of the best validation. */
function judge(progress: Progress, value: number, tensors: Tensors): Progress {
  if (progress.best !== undefined && !(value < progress.best.value))
    return { ...progress, waited: progress.waited + 1 };
  return {
    step: progress.step,
    waited: 0,
    best: { value, step: progress.step, tensors },
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

const countParameters = ({ graph }: Program): number =>
  graph.parameters.reduce((sum, { shape }) => sum + exampleSize(shape), 0);

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
