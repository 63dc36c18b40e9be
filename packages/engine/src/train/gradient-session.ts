import { host } from '#runtime';
import { gradients } from '../backward.ts';
import { EngineError } from '../error.ts';
import { neededNodes, toOnnx } from '../onnx.ts';
import { openSession, type RuntimeFacts, type SessionOptions } from '../runtime/session.ts';
import type { Parameter, Tensor, TensorData } from '../tensor.ts';
import { findNonFinite } from './diagnose.ts';
import { orderForMemory } from './execution-order.ts';
import { shapeFeeds } from './feeds.ts';
import { type MemoryPlan, planMemory, requireMemory, requireWasmMemory } from './memory-plan.ts';
import type { Program } from './program.ts';

/** Beyond this many nodes the runtime's optimiser takes longer to open a session than it saves. */
const OPTIMIZED_NODES = 5000;

export type Batch = Readonly<Record<string, TensorData['data']>>;
type Views = ReadonlyMap<string, TensorData>;

/** Computes what one batch says: into the gradients' views, and scalars to read afterwards. */
export interface GradientSession {
  readonly plan: MemoryPlan;
  readonly runtime: RuntimeFacts;
  /** Throws EngineError 'shape' or 'dtype' for a batch that does not fit. */
  run(batch: Batch): Promise<void>;
  loss(): number;
  /** How much the batch counts beside others of the same step. */
  weight(): number;
  measures(): Record<string, number>;
  /** Says what went wrong, and with which of the batches, where it first did. */
  explain(failure: string, batches: readonly Batch[]): Promise<EngineError>;
  close(): Promise<void>;
}

interface GradientOptions extends SessionOptions {
  /** How often the learning parameters lie in the training's memory: themselves, gradients, moments and so on. */
  areas: number;
  memoryLimitBytes: number;
}

/**
 * Compiles loss, measures and the gradients of the learning parameters into one session, which reads `weights` and
 * `frozen` and writes `slopes`.
 *
 * @throws EngineError 'memory' if that takes more than the limit
 */
export async function openGradientSession(
  { graph, inputs, loss, weight, measures }: Program,
  learning: readonly Parameter[],
  { weights, slopes, frozen }: { weights: Views; slopes: Views; frozen: Views },
  { areas, memoryLimitBytes, ...options }: GradientOptions,
): Promise<GradientSession> {
  const scalars = new Map([['loss', loss], ...prefixed('measure', Object.entries(measures))]);
  if (weight !== undefined) scalars.set('weight', weight);
  const derivatives = gradients(loss, learning);
  const outputs = Object.fromEntries([
    ...scalars,
    ...prefixed(
      'gradient',
      learning.map(({ name }, index) => [name, derivatives[index] as Tensor]),
    ),
  ]);
  const fetches: Record<string, TensorData> = Object.fromEntries([
    ...[...scalars.keys()].map((name): [string, TensorData] => [
      name,
      { dtype: 'float32', shape: [], data: new Float32Array(1) },
    ]),
    ...prefixed('gradient', slopes),
  ]);
  const nodes = neededNodes(graph, Object.values(outputs));
  const read = new Set(nodes.flatMap((node) => node.inputs.map(({ name }) => name)));
  const fed = Object.fromEntries([...weights, ...[...frozen].filter(([name]) => read.has(name))]);
  const plan = planMemory({ graph, inputs, learning, areas, outputs: Object.values(outputs) });
  requireMemory(plan, memoryLimitBytes);
  if ((options.provider ?? host.provider) !== 'native') requireWasmMemory(plan);
  const session = await openSession(toOnnx(graph, { inputs, outputs, order: orderForMemory }), {
    memoryPattern: false,
    optimization: graph.nodes.length > OPTIMIZED_NODES ? 'disabled' : 'all',
    ...options,
  });

  const feedsOf = (batch: Batch) => ({ ...shapeFeeds(inputs, batch), ...fed });
  const scalar = (name: string): number => Number(fetches[name]?.data[0]);
  const names = Object.keys(measures);
  return {
    plan,
    runtime: session.runtime,
    run: async (batch) => void (await session.run(feedsOf(batch), fetches)),
    loss: () => scalar('loss'),
    weight: () => (weight === undefined ? 1 : scalar('weight')),
    measures: () => Object.fromEntries(names.map((name) => [name, scalar(`measure/${name}`)])),

    async explain(failure, batches) {
      for (const batch of batches) {
        const origin = await findNonFinite(graph, feedsOf(batch), Object.values(outputs), options);
        if (origin === undefined) continue;
        const { description, ...where } = origin;
        return new EngineError(
          'not-finite',
          `${failure}; the first value that is not finite: ${description}`,
          where,
        );
      }
      return new EngineError('not-finite', `${failure}; all values are finite when computed again`);
    },

    close: () => session.close(),
  };
}

/** The same values under `prefix/name`. */
export const prefixed = <T>(prefix: string, values: Iterable<readonly [string, T]>): [string, T][] =>
  Array.from(values, ([name, value]) => [`${prefix}/${name}`, value]);
