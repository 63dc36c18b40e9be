import { gradients } from '../backward.ts';
import { EngineError } from '../error.ts';
import { neededNodes, toOnnx } from '../onnx.ts';
import { createRandom } from '../random.ts';
import { openSession } from '../runtime/session.ts';
import type { Graph, Tensor, TensorData } from '../tensor.ts';
import { type Course, type Json, readCheckpoint, writeCheckpoint } from './checkpoint.ts';
import { findNonFinite } from './diagnose.ts';
import { shapeFeeds } from './feeds.ts';
import { firstValues } from './first-values.ts';
import { allocateTrainMemory } from './memory.ts';
import {
  clipScale,
  createOptimizer,
  momentsOf,
  type OptimizerConfig,
  resolveOptimizer,
} from './optim/optimizer.ts';
import { resolveSchedule, type ScheduleConfig } from './optim/schedule.ts';
import { wasmUpdate } from './optim/update-wasm.ts';

/** Beyond this many nodes the runtime's optimiser takes longer to open a session than it saves. */
const OPTIMIZED_NODES = 5000;

/** What to train: a graph with named inputs, a scalar loss, and scalar measures to log beside it. */
export interface Program {
  graph: Graph;
  inputs: readonly Tensor[];
  loss: Tensor;
  measures: Readonly<Record<string, Tensor>>;
}

export interface TrainerOptions {
  optimizer: OptimizerConfig;
  /** Constant by default. */
  schedule?: ScheduleConfig;
  /** Gradients are scaled down together so that their global norm does not exceed this. */
  clipNorm?: number;
  /** Draws the first values of the parameters that `initial` does not give. */
  seed: number | string;
  /** First values by parameter name. */
  initial?: ReadonlyMap<string, TensorData>;
  /**
   * Which parameters learn; all by default. The others are frozen: they have no gradient and no moments, lie outside the
   * memory of the training, and are fed as `initial` gives them, without a copy.
   */
  trainable?: (name: string) => boolean;
  /** Kernel threads. The same number gives the same bits on the same machine. */
  threads?: number;
}

export interface StepResult {
  /** Counted from 1. */
  step: number;
  /** Before the update of this step, as are the measures and the gradient's norm, which is that before clipping. */
  loss: number;
  learningRate: number;
  gradientNorm: number;
  measures: Record<string, number>;
}

export interface Trainer {
  /**
   * One step on a batch: the numbers of each input by its name.
   *
   * @throws EngineError 'shape' or 'dtype' for a batch that does not fit, 'not-finite' for a loss or gradient that is
   * NaN or infinite; parameters are then as they were before the step
   */
  step(batch: Readonly<Record<string, TensorData['data']>>): Promise<StepResult>;
  /** The present parameters by name: copies of those that learn. */
  parameters(): Map<string, TensorData>;
  /** Everything the next step depends on, with `extra` for the caller's own: random state, position in the data. */
  checkpoint(extra?: Json): Uint8Array;
  /** Goes on from a checkpoint of the same program and options and returns its `extra`. */
  restore(bytes: Uint8Array): Json;
  close(): Promise<void>;
}

/**
 * Compiles loss and gradients of all parameters into one session. Parameters, gradients and moments live in one
 * WebAssembly memory; the session reads and writes views of it, the update runs over it.
 *
 * @throws EngineError 'not-differentiable' if the loss does not depend on a parameter that should learn, 'format',
 * 'shape' or 'dtype' for a first value that does not fit
 */
export async function createTrainer(program: Program, options: TrainerOptions): Promise<Trainer> {
  const { graph, inputs, loss, measures } = program;
  const {
    schedule = { kind: 'constant' },
    clipNorm,
    seed,
    initial = new Map(),
    trainable = () => true,
  } = options;
  const course: Course = {
    optimizer: resolveOptimizer(options.optimizer),
    schedule: resolveSchedule(schedule),
    clipNorm,
  };

  const learning = graph.parameters.filter(({ name }) => trainable(name));
  if (learning.length === 0) throw new RangeError('no parameter of the program is trainable');
  const firstValue = firstValues(graph, initial, createRandom(seed));
  const frozen = new Map(
    graph.parameters
      .filter((parameter) => !learning.includes(parameter))
      .map((parameter) => [parameter.name, firstValue(parameter)]),
  );

  const moments = momentsOf[course.optimizer.kind];
  const memory = allocateTrainMemory(learning, ['parameter', 'gradient', ...moments]);
  const [weights, slopes] = [memory.views('parameter'), memory.views('gradient')];
  const kept = new Map(
    (['parameter', ...moments] as const).flatMap((area) => prefixed(area, memory.views(area))),
  );
  const update = wasmUpdate(memory.memory, memory.areaBytes);
  const optimizer = createOptimizer(course.optimizer, course.schedule, update, memory);
  for (const parameter of learning)
    viewOf(weights, parameter.name).set(firstValue(parameter).data as Float32Array);

  const scalars = new Map([['loss', loss], ...prefixed('measure', new Map(Object.entries(measures)))]);
  const derivatives = gradients(loss, learning);
  const outputs = Object.fromEntries([
    ...scalars,
    ...learning.map(({ name }, index) => [`gradient/${name}`, derivatives[index]] as const),
  ]) as Record<string, Tensor>;
  const used = new Set(
    neededNodes(graph, Object.values(outputs)).flatMap((node) => node.inputs.map(({ name }) => name)),
  );
  const fed = Object.fromEntries([...weights, ...[...frozen].filter(([name]) => used.has(name))]);
  const fetches = {
    ...Object.fromEntries(
      [...scalars.keys()].map((name) => [
        name,
        { dtype: 'float32', shape: [], data: new Float32Array(1) } as const,
      ]),
    ),
    ...Object.fromEntries(prefixed('gradient', slopes)),
  };
  const session = await openSession(toOnnx(graph, { inputs, outputs }), {
    optimization: graph.nodes.length > OPTIMIZED_NODES ? 'disabled' : 'all',
    ...(options.threads === undefined ? {} : { threads: options.threads }),
  });
  const scalar = (name: string): number => (fetches[name] as TensorData).data[0] as number;

  return {
    async step(batch) {
      const feeds = { ...shapeFeeds(inputs, batch), ...fed };
      await session.run(feeds, fetches);
      const gradientNorm = Math.sqrt(update.sumOfSquares(0, memory.areaBytes));
      const step = optimizer.state().step + 1;
      if (!Number.isFinite(scalar('loss')) || !Number.isFinite(gradientNorm)) {
        const origin = await findNonFinite(graph, feeds, Object.values(outputs));
        throw new EngineError(
          'not-finite',
          `step ${step}: the loss is ${scalar('loss')}, the gradient's norm ${gradientNorm}; ` +
            `the first value that is not finite: ${origin ?? 'none when computed again'}`,
          origin === undefined ? {} : { node: origin },
        );
      }
      const learningRate = optimizer.update(clipScale(gradientNorm, clipNorm));
      const measured = Object.keys(measures).map((name) => [name, scalar(`measure/${name}`)]);
      return {
        step,
        loss: scalar('loss'),
        learningRate,
        gradientNorm,
        measures: Object.fromEntries(measured),
      };
    },

    parameters: () =>
      new Map(
        graph.parameters.map(({ name, shape }) => [
          name,
          frozen.get(name) ?? { dtype: 'float32', shape, data: viewOf(weights, name).slice() },
        ]),
      ),

    checkpoint: (extra = null) => writeCheckpoint({ tensors: kept, course, state: optimizer.state(), extra }),

    restore(bytes) {
      const { state, extra } = readCheckpoint(bytes, kept, course);
      optimizer.restore(state);
      return extra;
    },

    close: () => session.close(),
  };
}

const prefixed = <T>(prefix: string, map: ReadonlyMap<string, T>): (readonly [string, T])[] =>
  [...map].map(([name, value]) => [`${prefix}/${name}`, value] as const);

const viewOf = (views: ReadonlyMap<string, TensorData>, name: string): Float32Array =>
  views.get(name)?.data as Float32Array;
