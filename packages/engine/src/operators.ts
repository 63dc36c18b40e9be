/** The operators as functions on tensors, by family; each adds one node to the graph of its inputs. */

export * from './functions/activations.ts';
export { graphOf, type Operand } from './functions/apply.ts';
export { loop, type ScanInputs, scan, type Turn } from './functions/control.ts';
export * from './functions/convolution.ts';
export * from './functions/elementwise.ts';
export * from './functions/indexing.ts';
export * from './functions/logical.ts';
export * from './functions/loss.ts';
export * from './functions/normalisation.ts';
export * from './functions/products.ts';
export * from './functions/recurrent.ts';
export * from './functions/reduce.ts';
export * from './functions/shape.ts';
export * from './functions/text.ts';
