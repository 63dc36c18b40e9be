import { type AdaptOptions, adaptProgram, mergeAdapters, type Program } from '@banyan/engine';
import { AlgorithmError, type Tensors, type TrainedModel } from '../algorithm.ts';
import type { Run } from './run.ts';

/** Which of a program's parameters learn, and how a model comes of them. */
export interface Learner {
  program: Program;
  trainable: (name: string) => boolean;
  /** What of a trainer's parameters was learned, and so must be kept with the best validation. */
  own: (parameters: Tensors) => Tensors;
  /** The model with these learned tensors. */
  complete: (own: Tensors, parameters: Tensors) => Pick<TrainedModel, 'tensors' | 'adapters'>;
}

/** Every parameter learns. */
export const plainly = (program: Program): Learner => ({
  program,
  trainable: () => true,
  own: (parameters) => parameters,
  complete: (own) => ({ tensors: own }),
});

/**
 * Low-rank adapters learn beside given weights, which are frozen, and are merged into them for the model. What is not
 * given, as the classifier of a new task, learns in full.
 */
export function adapting(program: Program, options: AdaptOptions, given: Tensors): Learner {
  const { trainable: isAdapter, adaptersOf, ...adapted } = adaptProgram(program, options);
  const trainable = (name: string): boolean => isAdapter(name) || !given.has(name);
  return {
    program: adapted.program,
    trainable,
    own: (parameters) => new Map([...parameters].filter(([name]) => trainable(name))),
    complete(own, parameters) {
      const weights = new Map([...parameters, ...own]);
      const adapters = adaptersOf(own);
      for (const name of own.keys()) if (isAdapter(name)) weights.delete(name);
      return { tensors: mergeAdapters(weights, adapters), adapters };
    },
  };
}

/** Adapters adapt a model that is there. */
export function requireAdaptable(legs: readonly unknown[], { options: { adapters, initial } }: Run): void {
  if (adapters === undefined) return;
  if (initial === undefined)
    throw new AlgorithmError('config', 'adapters need weights to adapt: give the tensors of a model');
  if (legs.length > 1)
    throw new AlgorithmError(
      'config',
      'adapters adapt a model that is pretrained: set pretrainingSteps to 0',
    );
}
