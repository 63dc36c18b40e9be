import { readFile } from 'node:fs/promises';
import {
  algorithmNamed,
  type Evaluation,
  evaluate,
  type FitData,
  type FitEvent,
  type FitOptions,
  fit,
  parseConfig,
  requireExamples,
  type TrainedModel,
} from '@banyan/algorithms';
import { describeRuntime, type Point, type RuntimeFacts } from '@banyan/contract';
import { describePlan } from '@banyan/engine';
import type { Report, Work } from '../assignment.ts';
import { writeModelFolder } from '../model-folder.ts';
import { openPrepared } from '../prepared.ts';

/** Trains, evaluates on the held-out split beside the baseline, and writes the model folder. */
export const trainJob: Work<'train'> = async (assignment, report, signal) => {
  const { payload, folder, dataset = '', checkpoint, threads } = assignment;
  const { spec } = payload;
  const algorithm = algorithmNamed(spec.algorithm);
  // Wrong settings are told before a large dataset is read.
  const config = parseConfig(algorithm, spec.config);
  const phase = (name: string, step = 0): void =>
    report({
      kind: 'progress',
      progress: { step, phase: name, ...(step === 0 ? {} : { totalSteps: step }) },
    });

  phase('reading data');
  const prepared = await openPrepared(dataset);
  const [train, valid, test] = [
    await prepared.load('train'),
    await prepared.load('valid'),
    await prepared.load('test'),
  ];
  // What cannot be scored in the end is told before hours of training.
  requireExamples(config, prepared.shape, test, 'test');
  const data: FitData = { shape: prepared.shape, train, valid };

  const options: FitOptions = {
    seed: spec.seed,
    lane: spec.lane,
    threads,
    checkpointEverySeconds: spec.checkpointEverySeconds,
    signal,
    ...(checkpoint === undefined ? {} : { checkpoint: new Uint8Array(await readFile(checkpoint)) }),
  };
  if (checkpoint !== undefined)
    report({ kind: 'log', level: 'info', message: 'Going on from the last checkpoint.' });
  const tell = reporter(report);
  const learned = await drain(fit(algorithm.name, config, data, options), tell.event);
  const { model } = learned;

  phase('evaluating', tell.steps());
  const evaluation = await evaluate(model, test, { seed: spec.seed, threads });
  const simple = algorithm.baselineFor(prepared.shape.task, config);
  let baseline: { algorithm: string; evaluation: Evaluation } | undefined;
  if (simple.name !== algorithm.name) {
    phase(`baseline: ${simple.name}`, tell.steps());
    const fitting = fit(simple.name, simple.config, data, {
      seed: spec.seed,
      lane: spec.lane,
      threads,
      signal,
    });
    const { model } = await drain(fitting, () => {});
    baseline = {
      algorithm: simple.name,
      evaluation: await evaluate(model, test, { seed: spec.seed, threads }),
    };
  }

  const runtime = tell.runtime();
  phase('writing the model', tell.steps());
  const files = await writeModelFolder(folder, {
    model,
    prepared,
    test,
    spec,
    algorithm,
    source: { dataset: payload.dataset.path, revision: payload.dataset.commit },
    evaluation,
    ...(baseline === undefined ? {} : { baseline }),
    ...(runtime === undefined ? {} : { runtime }),
    steps: tell.steps(),
    parameters: tell.parameters(),
  });
  return {
    result: {
      kind: 'train',
      files: [],
      evaluation,
      ...(baseline === undefined ? {} : { baseline }),
      ...(runtime === undefined ? {} : { runtime }),
      steps: tell.steps(),
      parameters: tell.parameters(),
    },
    files,
  };
};

async function drain(
  events: AsyncGenerator<FitEvent, TrainedModel>,
  onEvent: (event: FitEvent) => void,
): Promise<{ model: TrainedModel }> {
  for (;;) {
    const next = await events.next();
    if (next.done) return { model: next.value };
    onEvent(next.value);
  }
}

const progressMs = 250;

/** Turns the engine's events into reports: points of each step, progress a few times a second. */
function reporter(report: (report: Report) => void) {
  let totalSteps: number | undefined;
  let parameters = 0;
  let runtime: RuntimeFacts | undefined;
  let steps = 0;
  let toldMs = 0;

  function event(event: FitEvent): void {
    if (event.kind === 'plan') {
      ({ totalSteps, parameters } = event);
      report({ kind: 'log', level: 'info', message: `${parameters} parameters, ${totalSteps} steps` });
    } else if (event.kind === 'memory')
      report({ kind: 'log', level: 'info', message: `memory planned: ${describePlan(event.plan)}` });
    else if (event.kind === 'runtime') {
      ({ runtime } = event);
      report({ kind: 'log', level: 'info', message: `computing with ${describeRuntime(runtime)}` });
    } else if (event.kind === 'log') report({ kind: 'log', level: 'info', message: event.message });
    else if (event.kind === 'checkpoint')
      // A copy of exactly these bytes, which can move to the main thread.
      report({ kind: 'checkpoint', step: event.step, bytes: new Uint8Array(event.bytes) });
    else {
      steps = Math.max(steps, event.step);
      report({ kind: 'points', points: pointsOf(event) });
    }
    if (Date.now() - toldMs < progressMs) return;
    toldMs = Date.now();
    report({
      kind: 'progress',
      progress: { step: steps, phase: 'training', ...(totalSteps === undefined ? {} : { totalSteps }) },
    });
  }

  return { event, steps: () => steps, parameters: () => parameters, runtime: () => runtime };
}

/**
 * `loss`, `learning_rate` and `train_...` at each step, `valid_...` at each validation; a stage before the task has a loss
 * of its own, `pretraining_loss` and so on. What is not finite has no place in a curve.
 */
function pointsOf(event: Extract<FitEvent, { kind: 'step' | 'valid' }>): Point[] {
  const stage = event.kind === 'step' ? event.stage : undefined;
  const [values, prefix] =
    event.kind === 'valid'
      ? [event.metrics, 'valid_']
      : [event.measures, stage === undefined ? 'train_' : `${stage}_`];
  const named = Object.entries(values).map(([name, value]) => [prefix + name, value] as const);
  const own =
    event.kind === 'step'
      ? ([
          [stage === undefined ? 'loss' : `${stage}_loss`, event.loss],
          ['learning_rate', event.learningRate],
        ] as const)
      : [];
  return [...own, ...named]
    .filter(([, value]) => Number.isFinite(value))
    .map(([name, value]) => ({ name, step: event.step, value }));
}
