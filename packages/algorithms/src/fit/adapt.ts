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

/** Low-rank adapters learn beside frozen weights, and are merged into them for the model. */
export function adapting(program: Program, options: AdaptOptions): Learner {
  const { trainable, adaptersOf, ...adapted } = adaptProgram(program, options);
  const pick = (parameters: Tensors, wanted: boolean): Tensors =>
    new Map([...parameters].filter(([name]) => trainable(name) === wanted));
  return {
    program: adapted.program,
    trainable,
    own: (parameters) => pick(parameters, true),
    complete(own, parameters) {
      const adapters = adaptersOf(own);
      return { tensors: mergeAdapters(pick(parameters, false), adapters), adapters };
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
