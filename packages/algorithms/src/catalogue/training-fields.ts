import { z } from 'zod';
import type { TrainingPlan } from '../algorithm.ts';

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
      .describe('Length of the first steps; it falls to a tenth along a cosine.'),
    weightDecay: z
      .number()
      .min(0)
      .max(10)
      .default(defaults.weightDecay)
      .describe('Pull of every weight towards zero, per unit of learning rate (AdamW).'),
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
      .describe('Longest gradient allowed; a longer one is shortened to it; 0: no limit.'),
  };
}

export interface EpochConfig {
  epochs: number;
  batchSize: number;
  learningRate: number;
  weightDecay: number;
  patience: number;
  clipNorm: number;
}

/** AdamW under a cosine that falls to a tenth, validated once an epoch. */
export function epochPlan(config: EpochConfig, examples: number): TrainingPlan {
  const batchRows = Math.min(config.batchSize, examples);
  const stepsAnEpoch = Math.floor(examples / batchRows);
  const totalSteps = config.epochs * stepsAnEpoch;
  return {
    batchRows,
    totalSteps,
    validateEverySteps: stepsAnEpoch,
    patience: config.patience,
    optimizer: { kind: 'adamw', learningRate: config.learningRate, weightDecay: config.weightDecay },
    schedule: { kind: 'cosine', totalSteps, minimumFraction: 0.1 },
    clipNorm: config.clipNorm,
  };
}
