import { EngineError } from '../error.ts';
import type { Tensor, TensorData } from '../tensor.ts';
import type { Sizes } from './sizes.ts';

/** What a name in a file stands for. */
export type Value =
  /** Numbers of the file that may become a parameter, once a node takes them as a tensor. */
  | { readonly kind: 'weight'; readonly name: string; readonly data: TensorData; tensor?: Tensor }
  /** Numbers that follow from the file alone: stored there, or computed beside the graph when they are asked for. */
  | { readonly kind: 'known'; data?: TensorData; aside?: Tensor; tensor?: Tensor }
  /** A tensor of the graph; `isFixed` where it follows from weights and needs no input. */
  | {
      readonly kind: 'computed';
      readonly tensor: Tensor;
      readonly isFixed: boolean;
      /** Its elements, where it is a shape computed at run time. */
      readonly sizes?: Sizes | undefined;
      data?: TensorData;
    };

/** The names defined in a graph, and in the graphs around it. */
export interface Scope {
  get(name: string): Value;
  set(name: string, value: Value): void;
  inner(): Scope;
}

export function createScope(around?: Scope): Scope {
  const values = new Map<string, Value>();
  const scope: Scope = {
    get(name) {
      const value = values.get(name) ?? around?.get(name);
      if (value === undefined) throw new EngineError('format', `nothing computes ${name}`, { node: name });
      return value;
    },
    set: (name, value) => void values.set(name, value),
    inner: () => createScope(scope),
  };
  return scope;
}
