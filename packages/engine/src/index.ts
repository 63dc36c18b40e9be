/**
 * Tensors as ONNX graphs, differentiated in TypeScript, computed by ONNX Runtime.
 *
 * A tensor here has a type and a place in a graph but no numbers. Operators are plain functions that add nodes;
 * `gradients` adds the nodes of the derivatives; `toOnnx` writes what reaches the outputs as an ONNX file; a session
 * runs it. Training and serving, Node and browser, run the same bytes.
 *
 * ```ts
 * const graph = createGraph();
 * const x = graph.input('x', 'float32', [32, 4]);
 * const y = graph.input('y', 'int32', [32]);
 * const w = graph.parameter('w', [4, 3], initializers.xavier);
 * const b = graph.parameter('b', [3], initializers.zeros);
 * const logits = linear(x, w, b);
 * const program = { graph, inputs: [x, y], loss: softmaxCrossEntropy(logits, y), measures: {} };
 *
 * const trainer = await createTrainer(program, { optimizer: { kind: 'adamw', learningRate: 1e-3 }, seed: 1 });
 * const { loss } = await trainer.step({ x: features, y: labels });
 *
 * const outputs = { probabilities: softmax(logits) };
 * const file = toOnnx(graph, { inputs: [x], outputs, initializers: trainer.parameters() });
 * ```
 *
 * Where things are:
 * - `tensor.ts` the words: Tensor, Parameter, Graph, Op; `graph.ts` makes graphs; `functions/` and `layers/` are the
 *   functions one writes models with;
 * - `ops/` what each operator is: how its shape is inferred, how it is written in ONNX, what its derivative is. To add
 *   one, name it in `op-name.ts`; the compiler then asks for the operator in `table.ts` and for a case in
 *   `cases/table.ts`, which proves values and derivatives against a reference in double precision;
 * - `layers/` compositions of operators; `backward.ts` reverse mode; `onnx.ts` the file; `runtime/` running it, here or in
 *   a thread;
 * - `foreign/` ONNX files of others read into graphs of ours;
 * - `train/` the loop's one step: optimisers, schedules and the update of the parameters in WebAssembly and in words
 *   (`optim/`), several batches in one step (`accumulate.ts`), what is kept (`checkpoint.ts`, in `safetensors.ts`), where
 *   a NaN came from (`diagnose.ts`);
 * - `preparation/` raw rows to features inside the model's own graph, from expressions that are SQL elsewhere.
 *
 * The same program, seed, data and number of threads give the same bits on the same machine; in the deterministic lane
 * (`runtime/lane.ts`) on every machine.
 */
export { gradients } from './backward.ts';
export { checkpointed } from './checkpointing.ts';
export { createGraph } from './create-graph.ts';
export { tensorData } from './dtype.ts';
export { EngineError, type EngineErrorCode } from './error.ts';
export { type ForeignModel, type OpaqueNode, type ReadOptions, readOnnx } from './foreign/read-onnx.ts';
export * as initializers from './initializers.ts';
export * from './layers/activations.ts';
export * from './layers/adapters.ts';
export * from './layers/attention.ts';
export * from './layers/dense.ts';
export * from './layers/losses.ts';
export * from './layers/rotary.ts';
export { type OnnxOptions, toOnnx } from './onnx.ts';
export * from './operators.ts';
export { exponential, naturalLog } from './portable-math.ts';
export * from './preparation/column-step.ts';
export { dateParts, faultOfFormat, isoFormats } from './preparation/dates.ts';
export { emitExpression } from './preparation/emit-expression.ts';
export * from './preparation/expression.ts';
export * from './preparation/preparation.ts';
export * from './preparation/read-text.ts';
export * as words from './preparation/words.ts';
export { createRandom, type Random, restoreRandom } from './random.ts';
export type { Provider } from './runtime/host.ts';
export { type Lane, sessionsIn } from './runtime/lane.ts';
export {
  type Feeds,
  openSession,
  type RuntimeFacts,
  type Session,
  type SessionOptions,
  type SessionValue,
} from './runtime/session.ts';
export { openThreadedSession } from './runtime/session-threaded.ts';
export { configureWasm, type WasmFiles } from './runtime/web.ts';
export { readSafetensors, writeSafetensors } from './safetensors.ts';
export type { Dim, DType, Graph, Initializer, Parameter, Shape, Tensor, TensorData } from './tensor.ts';
export type { Json } from './train/checkpoint.ts';
export { describePlan, type MemoryPlan } from './train/memory-plan.ts';
export type { ParameterGroup } from './train/optim/groups.ts';
export type { OptimizerConfig } from './train/optim/optimizer.ts';
export type { ScheduleConfig } from './train/optim/schedule.ts';
export type { Program } from './train/program.ts';
export {
  createTrainer,
  type StepResult,
  type Trainer,
  type TrainerOptions,
} from './train/trainer.ts';
