/** @module algorithms */
export {
  type Algorithm,
  AlgorithmError,
  type AlgorithmName,
  type Config,
  type DataKind,
  type DataShape,
  type FitData,
  type LastKnown,
  type PixelScale,
  type Split,
  type TargetScale,
  type Task,
  type TrainedModel,
} from './algorithm.ts';
export { algorithmNamed, catalogue, parseConfig } from './catalogue.ts';
export { answersOf, type Evaluation, evaluate } from './evaluate.ts';
export { exportModel, forwardProgram, type Preparation } from './export.ts';
export { fit } from './fit.ts';
export { decodeLatent, reconstruct } from './latent.ts';
export { objectives } from './measure.ts';
export type { Interval } from './metrics/bootstrap.ts';
export type { Confusion } from './metrics/classification.ts';
export { loadModel, saveModel } from './model-file.ts';
export { type PreparedData, shapeOfPrepared } from './prepared.ts';
export type { FitEvent, FitOptions } from './run.ts';
export { requireExamples } from './suitable.ts';
