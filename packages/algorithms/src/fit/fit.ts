import {
  type Algorithm,
  AlgorithmError,
  type AlgorithmName,
  type Config,
  type DataShape,
  type Estimation,
  type FitData,
  type Tensors,
  type TrainedModel,
} from '../algorithm.ts';
import { algorithmNamed, parseConfig } from '../catalogue/catalogue.ts';
import { meanAndStd, targetsOf } from './batches.ts';
import { descend } from './descend.ts';
import { type FitEvent, type FitOptions, openValidator, type Run } from './run.ts';
import { requireExamples, requireSuitable } from './suitable.ts';

/**
 * Trains an algorithm and yields how it goes; returns the model.
 *
 * @throws AlgorithmError 'config' or 'data' before the first event; EngineError 'format', 'shape' or 'dtype' for tensors
 * to start from that are not the algorithm's; EngineError 'not-finite' with advice
 */
export async function* fit(
  name: AlgorithmName,
  config: unknown,
  data: FitData,
  options: FitOptions,
): AsyncGenerator<FitEvent, TrainedModel> {
  const algorithm = algorithmNamed(name);
  const settings = parseConfig(algorithm, config);
  requireSuitable(algorithm, data.shape);
  requireExamples(settings, data.shape, data.train, 'training');
  const shape = withTargetScale(data);
  const run: Run = { algorithm, config: settings, shape, data, options };
  if (algorithm.learning === 'estimation' && options.initial !== undefined)
    throw new AlgorithmError('config', `${name} is counted from the data: it starts from no tensors`);
  options.signal?.throwIfAborted();
  const learned =
    algorithm.learning === 'estimation'
      ? { tensors: yield* estimate(algorithm, run) }
      : yield* descend(algorithm, run);
  return { algorithm: name, config: settings, shape, ...learned };
}

function withTargetScale({ shape, train }: FitData): DataShape {
  const scaled = shape.task === 'regression' || shape.task === 'forecast';
  return scaled && shape.target === undefined ? { ...shape, target: meanAndStd(targetsOf(train)) } : shape;
}

async function* estimate(
  algorithm: Algorithm & Estimation<Config>,
  run: Run,
): AsyncGenerator<FitEvent, Tensors> {
  const tensors = algorithm.estimate(run.config, run.shape, run.data.train);
  yield { kind: 'plan', totalSteps: 1, parameters: countOf(tensors) };
  const validator = await openValidator(run);
  try {
    const metrics = await validator?.measure(tensors);
    if (metrics !== undefined) yield { kind: 'valid', step: 1, metrics };
  } finally {
    await validator?.close();
  }
  return tensors;
}

const countOf = (tensors: Tensors): number =>
  tensors.values().reduce((sum, { data }) => sum + data.length, 0);
