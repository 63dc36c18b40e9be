/** @module engine */
export { gradients } from './backward.ts';
export type { Json } from './checkpoint.ts';
export { createGraph } from './create-graph.ts';
export { tensorData } from './dtype.ts';
export { EngineError, type EngineErrorCode } from './error.ts';
export * as initializers from './initializers.ts';
export * from './layers.ts';
export { type OnnxOptions, toOnnx } from './onnx.ts';
export * from './operators.ts';
export type { OptimizerConfig } from './optim/optimizer.ts';
export type { ScheduleConfig } from './optim/schedule.ts';
export {
  type ColumnProgram,
  type ColumnStep,
  emitImagePreparation,
  emitPreparation,
  type PreparationOptions,
} from './preparation.ts';
export { createRandom, type Random, restoreRandom } from './random.ts';
export { readSafetensors, writeSafetensors } from './safetensors.ts';
export { type Feeds, openSession, type Session, type SessionOptions, type SessionValue } from './session.ts';
export type { Dim, DType, Graph, Initializer, Parameter, Shape, Tensor, TensorData } from './tensor.ts';
export { createTrainer, type Program, type StepResult, type Trainer, type TrainerOptions } from './train.ts';
