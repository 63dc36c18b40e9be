/** @module algorithms */
export {
  type Algorithm,
  AlgorithmError,
  type AlgorithmName,
  type Category,
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
export { algorithmNamed, catalogue, parseConfig } from './catalogue/catalogue.ts';
export { exportModel, type Preparation } from './export/export.ts';
export { type ForwardProgram, forwardProgram } from './export/forward.ts';
export { forwardTexts } from './export/forward-texts.ts';
export { decodeLatent, reconstruct } from './export/latent.ts';
export { loadModel, saveModel } from './export/model-file.ts';
export { gatherExamples } from './fit/batches.ts';
export { answersOf, type Evaluation, evaluate } from './fit/evaluate.ts';
export { fit } from './fit/fit.ts';
export { objectives } from './fit/measure.ts';
export type { FitEvent, FitOptions } from './fit/run.ts';
export { requireExamples } from './fit/suitable.ts';
export type { ReadOptions, RepositoryFiles } from './huggingface/layout.ts';
export { type PeftOptions, readPeft, writePeft } from './huggingface/peft.ts';
export { readHuggingFace } from './huggingface/read.ts';
export { hasHuggingFaceLayout, type WriteOptions, writeHuggingFace } from './huggingface/write.ts';
export type { Interval } from './metrics/bootstrap.ts';
export type { Confusion } from './metrics/classification.ts';
export { type PreparedData, shapeOfPrepared } from './prepared.ts';
