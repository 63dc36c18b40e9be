import type { Range } from '../memory.ts';
import { type ScheduleConfig, scheduleFraction } from './schedule.ts';
import type { Area, Update } from './update.ts';

export type OptimizerKind = 'sgd' | 'adam' | 'adamw' | 'lion' | 'muon';

/**
 * `weightDecay` shrinks parameters of rank 2 or more only: biases and the scales of normalisations are left alone. In
 * sgd and adam it is an L2 term of the gradient, in the others it acts on the parameter itself.
 *
 * `muon` trains the matrices of hidden layers; embeddings, the last matrix and everything of another rank are trained by
 * adamw with the same learning rate.
 */
export interface OptimizerConfig {
  kind: OptimizerKind;
  learningRate: number;
  /** sgd and muon; 0 and 0.95 by default. */
  momentum?: number;
  /** sgd: look ahead along the momentum; not by default. Muon always does. */
  nesterov?: boolean;
  /** adam, adamw and muon's adamw: 0.9 and 0.999 by default; lion: 0.9 and 0.99. */
  beta1?: number;
  beta2?: number;
  /** adam, adamw and muon's adamw; 1e-8 by default. */
  epsilon?: number;
  /** 0 by default; 0.01 for adamw, 0.1 for muon. */
  weightDecay?: number;
}

/** How one parameter is trained. */
export interface Treatment {
  kind: OptimizerKind;
  rateFactor: number;
  weightDecay: number;
}

const usualDecay: Partial<Record<OptimizerKind, number>> = { adamw: 0.01, muon: 0.1 };

/** The settings with every default written out. Throws RangeError for a setting out of range. */
export function resolveOptimizer({
  kind,
  learningRate,
  momentum = kind === 'muon' ? 0.95 : 0,
  nesterov = kind === 'muon',
  beta1 = 0.9,
  beta2 = kind === 'lion' ? 0.99 : 0.999,
  epsilon = 1e-8,
  weightDecay = usualDecay[kind] ?? 0,
}: OptimizerConfig): Required<OptimizerConfig> {
  for (const [name, value] of Object.entries({ learningRate, epsilon, weightDecay }))
    if (!(value >= 0 && value < Infinity))
      throw new RangeError(`${name} must be a number from 0 up, not ${value}`);
  for (const [name, value] of Object.entries({ momentum, beta1, beta2 }))
    if (!(value >= 0 && value < 1)) throw new RangeError(`${name} must lie in [0, 1), not ${value}`);
  return { kind, learningRate, momentum, nesterov, beta1, beta2, epsilon, weightDecay };
}

/** Of muon's moments, the second holds its orthogonal matrices and adamw's second moments. */
const momentsOf: Record<OptimizerKind, readonly Area[]> = {
  sgd: ['first'],
  adam: ['first', 'second'],
  adamw: ['first', 'second'],
  lion: ['first'],
  muon: ['first', 'second'],
};

/** The areas a training needs: those of its optimiser, and of what is wanted besides. */
export const areasOf = (kind: OptimizerKind, wanted: Partial<Record<Area, boolean>> = {}): Area[] => [
  'parameter',
  'gradient',
  ...momentsOf[kind],
  ...(['sum', 'average'] as const).filter((area) => wanted[area]),
];

/** Parameters trained alike, side by side in memory: byte offsets into each area. */
export type Stretch = Treatment & Range;

/** What an optimiser remembers beside the moments. The powers are kept as products, for Math.pow is not bit-specified. */
export interface OptimizerState {
  step: number;
  beta1Power: number;
  beta2Power: number;
}

export interface Optimizer {
  /** Updates every parameter with `scale` times its gradient and returns the learning rate used. */
  update(scale: number): Promise<number>;
  state(): OptimizerState;
  restore(state: OptimizerState): void;
}

/** @param orthogonalise puts an orthogonal matrix for each of muon's gradients into the second area */
export function createOptimizer(
  config: Required<OptimizerConfig>,
  schedule: Required<ScheduleConfig>,
  update: Update,
  stretches: readonly Stretch[],
  orthogonalise: () => Promise<void>,
): Optimizer {
  const { learningRate, momentum, beta1, beta2, epsilon } = config;
  const sgd = config.nesterov ? 'nesterov' : 'sgd';
  const looksAhead = stretches.filter(({ kind }) => kind === 'muon');
  let state: OptimizerState = { step: 0, beta1Power: 1, beta2Power: 1 };

  function updateStretch({ kind, from, to, weightDecay }: Stretch, rate: number, scale: number): void {
    const coupled = kind === 'sgd' || kind === 'adam';
    const [l2, keep] = coupled ? [weightDecay, 1] : [0, 1 - rate * weightDecay];
    if (kind === 'sgd') return update[sgd](from, to, { scale, l2, keep, momentum, rate });
    if (kind === 'lion') return update.lion(from, to, { scale, keep, beta1, beta2, rate });
    if (kind === 'muon') return update.descend(from, to, { keep, rate });
    update.adam(from, to, {
      scale,
      l2,
      keep,
      beta1,
      beta2,
      epsilon,
      rate: rate / (1 - state.beta1Power),
      root: 1 / Math.sqrt(1 - state.beta2Power),
    });
  }

  return {
    async update(scale) {
      state = {
        step: state.step + 1,
        beta1Power: state.beta1Power * beta1,
        beta2Power: state.beta2Power * beta2,
      };
      for (const { from, to } of looksAhead) update.lookAhead(from, to, { scale, momentum });
      if (looksAhead.length > 0) await orthogonalise();
      const rate = learningRate * scheduleFraction(schedule, state.step);
      for (const stretch of stretches) updateStretch(stretch, rate * stretch.rateFactor, scale);
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
