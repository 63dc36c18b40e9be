/** @module engine */
export { gradients } from './backward.ts';
export { createGraph } from './create-graph.ts';
export { tensorData } from './dtype.ts';
export { EngineError, type EngineErrorCode } from './error.ts';
export * as initializers from './initializers.ts';
export * from './layers.ts';
export { type OnnxOptions, toOnnx } from './onnx.ts';
export * from './operators.ts';
export { createRandom, type Random, restoreRandom } from './random.ts';
export { openSession, type Session, type SessionOptions } from './session.ts';
export type { Dim, DType, Graph, Initializer, Parameter, Shape, Tensor, TensorData } from './tensor.ts';
