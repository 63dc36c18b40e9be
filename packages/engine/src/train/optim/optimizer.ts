import { type ScheduleConfig, scheduleFraction } from './schedule.ts';
import type { Update } from './update.ts';

/**
 * `weightDecay` shrinks parameters of rank 2 or more only: biases and the scales of normalisations are left alone. In
 * sgd and adam it is an L2 term of the gradient, in adamw it acts on the parameter itself.
 */
export interface OptimizerConfig {
  kind: 'sgd' | 'adam' | 'adamw';
  learningRate: number;
  /** sgd only; 0 by default. */
  momentum?: number;
  /** adam and adamw; 0.9 and 0.999 by default. */
  beta1?: number;
  beta2?: number;
  /** 1e-8 by default. */
  epsilon?: number;
  /** 0 by default; 0.01 for adamw. */
  weightDecay?: number;
}

/** The settings with every default written out. Throws RangeError for a rate that is none. */
export function resolveOptimizer({
  kind,
  learningRate,
  momentum = 0,
  beta1 = 0.9,
  beta2 = 0.999,
  epsilon = 1e-8,
  weightDecay = kind === 'adamw' ? 0.01 : 0,
}: OptimizerConfig): Required<OptimizerConfig> {
  if (!(learningRate >= 0 && learningRate < Infinity))
    throw new RangeError(`learningRate must be a number from 0 up, not ${learningRate}`);
  return { kind, learningRate, momentum, beta1, beta2, epsilon, weightDecay };
}

/** The moments each kind keeps beside the parameters. */
export const momentsOf = {
  sgd: ['first'],
  adam: ['first', 'second'],
  adamw: ['first', 'second'],
} as const;

/** Where the decayed parameters end and the others begin, in bytes. */
export interface ParameterRange {
  decayedBytes: number;
  areaBytes: number;
}

/** What an optimiser remembers beside the moments. The powers are kept as products, for Math.pow is not bit-specified. */
export interface OptimizerState {
  step: number;
  beta1Power: number;
  beta2Power: number;
}

export interface Optimizer {
  /** Updates every parameter with `scale` times its gradient and returns the learning rate used. */
  update(scale: number): number;
  state(): OptimizerState;
  restore(state: OptimizerState): void;
}

export function createOptimizer(
  config: Required<OptimizerConfig>,
  schedule: Required<ScheduleConfig>,
  update: Update,
  { decayedBytes, areaBytes }: ParameterRange,
): Optimizer {
  const { kind, learningRate, momentum, beta1, beta2, epsilon, weightDecay } = config;
  let state: OptimizerState = { step: 0, beta1Power: 1, beta2Power: 1 };

  function updateRange(from: number, to: number, decay: number, rate: number, scale: number): void {
    const decoupled = kind === 'adamw';
    const shared = { scale, l2: decoupled ? 0 : decay, keep: decoupled ? 1 - rate * decay : 1 };
    if (kind === 'sgd') return update.sgd(from, to, { ...shared, momentum, rate });
    update.adam(from, to, {
      ...shared,
      beta1,
      beta2,
      epsilon,
      rate: rate / (1 - state.beta1Power),
      root: 1 / Math.sqrt(1 - state.beta2Power),
    });
  }

  return {
    update(scale) {
      state = {
        step: state.step + 1,
        beta1Power: state.beta1Power * beta1,
        beta2Power: state.beta2Power * beta2,
      };
      const rate = learningRate * scheduleFraction(schedule, state.step);
      updateRange(0, decayedBytes, weightDecay, rate, scale);
      updateRange(decayedBytes, areaBytes, 0, rate, scale);
      return rate;
    },
    state: () => state,
    restore(saved) {
      state = { ...saved };
    },
  };
}

/** What to multiply gradients of this global norm with so that it does not exceed the limit (Pascanu et al., 2013). */
export const clipScale = (norm: number, limit: number | undefined): number =>
  limit === undefined || norm <= limit ? 1 : limit / norm;
