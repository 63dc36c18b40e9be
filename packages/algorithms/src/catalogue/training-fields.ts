import { z } from 'zod';
import type { TrainingPlan } from '../algorithm.ts';

/** Marks a setting that most people leave alone: forms fold it away. */
export const advanced = { advanced: true };

/** The fields of every algorithm that learns by epochs of gradient steps; each chooses its own defaults. */
export function epochFields(defaults: {
  epochs: number;
  batchSize: number;
  learningRate: number;
  weightDecay: number;
  patience: number;
  clipNorm: number;
}) {
  return {
    epochs: z
      .int()
      .min(1)
      .max(10_000)
      .default(defaults.epochs)
      .describe('How often training goes through the whole training split, at most.'),
    batchSize: z.int().min(1).max(4096).default(defaults.batchSize).describe('Examples per gradient step.'),
    learningRate: z
      .number()
      .gt(0)
      .max(10)
      .default(defaults.learningRate)
      .describe('Length of the first steps; the schedule says how it falls.'),
    weightDecay: z
      .number()
      .min(0)
      .max(10)
      .default(defaults.weightDecay)
      .describe('Pull of every weight towards zero, per unit of learning rate.'),
    patience: z
      .int()
      .min(0)
      .max(10_000)
      .default(defaults.patience)
      .describe(
        'Stop after this many epochs without a better validation, and keep the best weights; 0: never.',
      ),
    clipNorm: z
      .number()
      .min(0)
      .max(1e6)
      .default(defaults.clipNorm)
      .describe('Longest gradient allowed; a longer one is shortened to it; 0: no limit.')
      .meta(advanced),
    ...stepFields,
  };
}

/** How every algorithm that learns by gradient steps may take them, beside its own rates. */
export const stepFields = {
  optimizer: z
    .enum(['adamw', 'adam', 'sgd', 'lion', 'muon'])
    .default('adamw')
    .describe(
      'What makes a step of a gradient. muon suits the matrices of deep networks, at the same rates; lion wants a fifth of the learning rate, sgd (with momentum) ten times as much.',
    )
    .meta(advanced),
  schedule: z
    .enum(['cosine', 'linear', 'warmup-stable-decay', 'constant'])
    .default('cosine')
    .describe(
      'How the learning rate falls: to a tenth along half a cosine or a line, in the last tenth of the steps, or never.',
    )
    .meta(advanced),
  averageDecay: z
    .number()
    .min(0)
    .max(0.999_99)
    .default(0)
    .describe(
      'How much each step leaves of a running average of the weights, which is then kept instead of them, as 0.999; 0: no average.',
    )
    .meta(advanced),
  microBatches: z
    .int()
    .min(1)
    .max(256)
    .default(1)
    .describe('Parts that each batch is computed in, one after another: less memory, the same steps.')
    .meta(advanced),
};

interface StepConfig {
  optimizer: 'adamw' | 'adam' | 'sgd' | 'lion' | 'muon';
  schedule: 'cosine' | 'linear' | 'warmup-stable-decay' | 'constant';
  learningRate: number;
  weightDecay: number;
  averageDecay: number;
  microBatches: number;
  clipNorm: number;
}

/** For classifiers. */
export const classifierFields = {
  labelSmoothing: z
    .number()
    .min(0)
    .max(0.9)
    .default(0)
    .describe(
      'Share of every label that is spread over all classes, so that the model stays less sure (classification only).',
    )
    .meta(advanced),
};

export interface EpochConfig extends StepConfig {
  epochs: number;
  batchSize: number;
  patience: number;
}

/** As the fields say, validated once an epoch. */
export function epochPlan(config: EpochConfig, examples: number): TrainingPlan {
  const { batchRows, microBatches } = batchesOf(config, examples);
  const stepsAnEpoch = Math.floor(examples / batchRows);
  const totalSteps = config.epochs * stepsAnEpoch;
  return {
    batchRows,
    microBatches,
    totalSteps,
    validateEverySteps: stepsAnEpoch,
    patience: config.patience,
    ...stepPlan(config, totalSteps),
  };
}

/** How gradients become steps: for a plan of so many steps, of which the first may warm up. */
export const stepPlan = (
  { optimizer, schedule, learningRate, weightDecay, averageDecay, clipNorm }: StepConfig,
  totalSteps: number,
  warmupSteps = 0,
): Pick<TrainingPlan, 'optimizer' | 'schedule' | 'averageDecay' | 'clipNorm'> => ({
  optimizer: {
    kind: optimizer,
    learningRate,
    weightDecay,
    ...(optimizer === 'sgd' ? { momentum: 0.9, nesterov: true } : {}),
  },
  schedule: { kind: schedule, totalSteps, warmupSteps, minimumFraction: 0.1 },
  averageDecay,
  clipNorm,
});

/** Batches no larger than the data, of equal parts. */
export function batchesOf(
  { batchSize, microBatches }: { batchSize: number; microBatches: number },
  examples: number,
): Required<Pick<TrainingPlan, 'batchRows' | 'microBatches'>> {
  const rows = Math.min(batchSize, examples);
  const parts = Math.min(microBatches, rows);
  return { batchRows: rows - (rows % parts), microBatches: parts };
}
