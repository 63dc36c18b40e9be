import { createRandom } from '../random.ts';
import type { Provider } from '../runtime/host.ts';
import { type Lane, sessionsIn } from '../runtime/lane.ts';
import type { RuntimeFacts } from '../runtime/session.ts';
import type { Graph, Parameter, TensorData } from '../tensor.ts';
import { type Evaluation, evaluateAll } from './accumulate.ts';
import { type AveragingConfig, renewal, resolveAveraging } from './averaging.ts';
import { type Course, fingerprint, type Json, readCheckpoint, writeCheckpoint } from './checkpoint.ts';
import { firstValues } from './first-values.ts';
import { type Batch, openGradientSession, prefixed } from './gradient-session.ts';
import { allocateTrainMemory, type Range } from './memory.ts';
import { defaultMemoryLimit, type MemoryPlan } from './memory-plan.ts';
import { groupParameters, type ParameterGroup } from './optim/groups.ts';
import { hiddenMatrices } from './optim/hidden-matrices.ts';
import {
  areasOf,
  clipScale,
  createOptimizer,
  type OptimizerConfig,
  resolveOptimizer,
} from './optim/optimizer.ts';
import { openOrthogonaliser } from './optim/orthogonal.ts';
import { resolveSchedule, type ScheduleConfig } from './optim/schedule.ts';
import type { Area } from './optim/update.ts';
import { wasmUpdate } from './optim/update-wasm.ts';
import type { Program } from './program.ts';

export interface TrainerOptions {
  optimizer: OptimizerConfig;
  /** Constant by default. */
  schedule?: ScheduleConfig;
  /** Parameters that are trained otherwise than the rest; the first group that matches decides. */
  groups?: readonly ParameterGroup[];
  /** Every number of the gradient is limited to this on both sides, before `clipNorm`. */
  clipValue?: number;
  /** Gradients are scaled down together so that their global norm does not exceed this. */
  clipNorm?: number;
  /** Keep room to sum the gradients of several batches in one step. */
  accumulate?: boolean;
  /** Keep an exponential moving average of the parameters. */
  averaging?: AveragingConfig;
  /** Draws the first values of the parameters that `initial` does not give. */
  seed: number | string;
  /** First values by parameter name. */
  initial?: ReadonlyMap<string, TensorData>;
  /**
   * Which parameters learn; all by default. The others are frozen: they have no gradient and no moments, lie outside the
   * memory of the training, and are fed as `initial` gives them, without a copy.
   */
  trainable?: (name: string) => boolean;
  /** 'native' by default. A checkpoint of one lane is refused by the other. */
  lane?: Lane;
  /** Where the native lane computes: 'native' in Node and 'wasm' in a browser, which may have 'webgpu' too. */
  provider?: Provider;
  /** Kernel threads. The same number gives the same bits on the same machine. */
  threads?: number;
  /** A training whose plan exceeds this is refused; by default nine tenths of the machine's memory. */
  memoryLimitBytes?: number;
}

/** Loss and measures are those before the update of this step, as is the gradient's norm, which is that before clipping. */
export interface StepResult extends Evaluation {
  /** Counted from 1. */
  step: number;
  learningRate: number;
  gradientNorm: number;
}

export interface Trainer {
  /** The memory that training takes. */
  readonly plan: MemoryPlan;
  /** What computes the steps. */
  readonly runtime: RuntimeFacts;
  /**
   * One step on a batch: the numbers of each input by its name. Several batches (with `accumulate`) make one step, as if
   * they were one: loss, measures and gradients are means weighted by the program's `weight`.
   *
   * @throws EngineError 'shape' or 'dtype' for a batch that does not fit, 'not-finite' for a loss or gradient that is
   * NaN or infinite; parameters are then as they were before the step
   */
  step(batch: Batch | readonly Batch[]): Promise<StepResult>;
  /** The present parameters by name: copies of those that learn. */
  parameters(): Map<string, TensorData>;
  /** The same, averaged over the steps so far; needs `averaging`. */
  averaged(): Map<string, TensorData>;
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
 * 'shape' or 'dtype' for a first value that does not fit; RangeError for options out of range
 */
export async function createTrainer(program: Program, options: TrainerOptions): Promise<Trainer> {
  const { graph } = program;
  const { clipValue, clipNorm, accumulate = false, lane = 'native' } = options;
  requireLimits({ clipValue, clipNorm });
  const learning = graph.parameters.filter(({ name }) => options.trainable?.(name) ?? true);
  if (learning.length === 0) throw new RangeError('no parameter of the program is trainable');
  const firstValue = firstValues(graph, options.initial ?? new Map(), createRandom(options.seed));
  const frozen = new Map(
    graph.parameters
      .filter((parameter) => !learning.includes(parameter))
      .map((parameter) => [parameter.name, firstValue(parameter)]),
  );

  const config = resolveOptimizer(options.optimizer);
  const schedule = resolveSchedule(options.schedule ?? { kind: 'constant' });
  const averaging = options.averaging && resolveAveraging(options.averaging);
  const hidden = config.kind === 'muon' ? hiddenMatrices(graph, learning) : new Set<Parameter>();
  const groups = groupParameters(learning, config, options.groups ?? [], hidden);
  const memory = allocateTrainMemory(
    groups.map(({ parameters }) => parameters),
    areasOf(config.kind, { sum: accumulate, average: averaging !== undefined }),
  );
  const { areaBytes } = memory;
  const [weights, slopes] = [memory.views('parameter'), memory.views('gradient')];
  const averages = averaging === undefined ? undefined : memory.views('average');
  for (const parameter of learning) {
    const { data } = firstValue(parameter);
    for (const views of [weights, averages])
      if (views !== undefined) viewOf(views, parameter.name).set(data as Float32Array);
  }

  const orthogonalised = groups.filter(({ kind }) => kind === 'muon').flatMap(({ parameters }) => parameters);
  const sessionOptions = {
    ...sessionsIn(lane, options),
    ...(orthogonalised.length === 0 ? {} : { spinning: false }),
  };
  const session = await openGradientSession(
    program,
    learning,
    { weights, slopes, frozen },
    {
      ...sessionOptions,
      areas: memory.areas.length,
      memoryLimitBytes: options.memoryLimitBytes ?? defaultMemoryLimit(),
    },
  );
  const orthogonaliser =
    orthogonalised.length === 0
      ? undefined
      : await openOrthogonaliser(orthogonalised, slopes, memory.views('second'), sessionOptions);

  const update = wasmUpdate(memory.memory, memory);
  const stretches = groups.map((group, index) => ({ ...group, ...(memory.ranges[index] as Range) }));
  const optimizer = createOptimizer(config, schedule, update, stretches, async () => orthogonaliser?.run());

  const kept = new Map(memory.areas.filter(isKept).flatMap((area) => prefixed(area, memory.views(area))));
  for (const { name } of orthogonalised) kept.delete(`second/${name}`);
  let frozenPrint: string | undefined;
  const course = (): Course => ({
    lane,
    optimizer: config,
    schedule,
    groups: groups.map((group) => ({ ...group, parameters: group.parameters.map(({ name }) => name) })),
    clipping: { value: clipValue, norm: clipNorm },
    averaging,
    frozen: (frozenPrint ??= fingerprint(frozen)),
  });

  async function evaluate(batch: Batch): Promise<Evaluation> {
    await session.run(batch);
    return { loss: session.loss(), measures: session.measures() };
  }

  const norm = (): number => Math.sqrt(update.sumOfSquares(0, areaBytes));

  return {
    plan: session.plan,
    runtime: session.runtime,

    async step(batch) {
      const batches: readonly Batch[] = isList(batch) ? batch : [batch];
      const [first] = batches;
      if (first === undefined || (batches.length > 1 && !accumulate))
        throw new RangeError(`a step takes one batch, or several with accumulate, not ${batches.length}`);
      const step = optimizer.state().step + 1;
      const { loss, measures } =
        batches.length === 1 ? await evaluate(first) : await evaluateAll(batches, session, update, memory);
      const gradientNorm = norm();
      if (!Number.isFinite(loss) || !Number.isFinite(gradientNorm))
        throw await session.explain(
          `step ${step}: the loss is ${loss}, the gradient's norm ${gradientNorm}`,
          batches,
        );
      if (clipValue !== undefined) update.clip(0, areaBytes, clipValue);
      const left = clipValue === undefined || clipNorm === undefined ? gradientNorm : norm();
      const learningRate = await optimizer.update(clipScale(left, clipNorm));
      if (averaging !== undefined) update.average(0, areaBytes, renewal(averaging, step));
      return { step, loss, learningRate, gradientNorm, measures };
    },

    parameters: () => copyOf(graph, weights, frozen),

    averaged() {
      if (averages === undefined) throw new RangeError('averaged parameters need the option averaging');
      return copyOf(graph, averages, frozen);
    },

    checkpoint: (extra = null) =>
      writeCheckpoint({ tensors: kept, course: course(), state: optimizer.state(), extra }),

    restore(bytes) {
      const { state, extra } = readCheckpoint(bytes, kept, course());
      optimizer.restore(state);
      return extra;
    },

    async close() {
      await orthogonaliser?.close();
      await session.close();
    },
  };
}

/** A limit of nothing, or none at all, must not pass for a limit. */
function requireLimits(limits: Readonly<Record<string, number | undefined>>): void {
  for (const [name, limit] of Object.entries(limits))
    if (limit !== undefined && !(limit > 0)) throw new RangeError(`${name} must be above 0, not ${limit}`);
}

const isList = (batch: Batch | readonly Batch[]): batch is readonly Batch[] => Array.isArray(batch);

/** Gradients and their sum are made anew by every step. */
const isKept = (area: Area): boolean => area !== 'gradient' && area !== 'sum';

const copyOf = (
  { parameters }: Graph,
  learning: ReadonlyMap<string, TensorData>,
  frozen: ReadonlyMap<string, TensorData>,
): Map<string, TensorData> =>
  new Map(
    parameters.map(({ name, shape }) => [
      name,
      frozen.get(name) ?? { dtype: 'float32', shape, data: viewOf(learning, name).slice() },
    ]),
  );

const viewOf = (views: ReadonlyMap<string, TensorData>, name: string): Float32Array =>
  views.get(name)?.data as Float32Array;
