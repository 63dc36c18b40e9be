import type { GraphProto } from 'onnx-buf';
import { createGraph } from '../create-graph.ts';
import { sizeOfShape } from '../shape.ts';
import type { Graph, Tensor, TensorData } from '../tensor.ts';
import { declaredInputs, type GivenInputs } from './declared-inputs.ts';
import { decodeModel } from './decode.ts';
import { rememberOrigin } from './own-opset.ts';
import { createNodeReading, type OpaqueNode } from './read-node.ts';
import { checkModel } from './structure.ts';
import { createScope } from './value.ts';

/** What is added to a graph is written from this opset on; a file's own nodes also in older ones. */
const OLDEST_WRITTEN = 18;

export interface ReadOptions extends GivenInputs {
  /** The outputs to read, or any values in between by their names in the file; all outputs by default. */
  outputs?: readonly string[];
  /**
   * Which float32 tensors of the file become parameters. By default its initializers that have an axis and constants of
   * more than one element: scalars are rather a formula's than learnt.
   */
  trainable?: (name: string, shape: readonly number[]) => boolean;
}

export type { OpaqueNode };

/** A file of others as a graph of ours. */
export interface ForeignModel {
  readonly graph: Graph;
  /** In the order of the file, without those that `values` fixed. */
  readonly inputs: readonly Tensor[];
  readonly outputs: Readonly<Record<string, Tensor>>;
  /** The values that the file gives the graph's parameters: `initializers` of `toOnnx`, `initial` of `createTrainer`. */
  readonly parameters: ReadonlyMap<string, TensorData>;
  /** The nodes that were kept as they stand, since we have no operator for them; they run, but have no derivative. */
  readonly opaque: readonly OpaqueNode[];
}

/**
 * Reads an ONNX file of any maker: opsets 7 to 26, the weights inside the file. What it computes is the same to the last
 * bit, since our operators are written as the same ONNX nodes. What follows from constants and fixed shapes alone is
 * computed while reading, and an `If` that is settled by it gives way to its branch.
 *
 * @throws EngineError 'format' for bytes that are no sound model, 'shape' or 'dtype' for a node whose inputs do not fit
 */
export async function readOnnx(bytes: Uint8Array, options: ReadOptions = {}): Promise<ForeignModel> {
  const model = decodeModel(bytes);
  const { graph: file, opsets } = checkModel(model);
  const wanted = options.outputs ?? file.output.map(({ name }) => name);
  const graph = createGraph({
    reserved: namesOf(file),
    opset: Math.max(OLDEST_WRITTEN, Number(opsets.get('') ?? 0n)),
  });
  const parameters = new Map<string, TensorData>();
  const opaque: OpaqueNode[] = [];
  const reading = createNodeReading({ graph, opsets, parameters, opaque, isWeight: weightRule(options) });

  const scope = createScope();
  const inputs: Tensor[] = [];
  for (const input of declaredInputs(file, options)) {
    if (input.value !== undefined) scope.set(input.name, { kind: 'known', data: input.value });
    else {
      const tensor = graph.input(input.name, input.dtype, input.shape);
      inputs.push(tensor);
      scope.set(input.name, { kind: 'computed', tensor, isFixed: false });
    }
  }
  await reading.readGraph(file, scope, wanted);
  const outputs: Record<string, Tensor> = {};
  for (const name of wanted) outputs[name] = await reading.tensorOf(scope.get(name));
  rememberOrigin(graph, Number(opsets.get('') ?? graph.opset));
  return { graph, inputs, outputs, parameters, opaque };
}

const namesOf = ({ input, output, initializer }: GraphProto): Set<string> =>
  new Set([...input, ...output, ...initializer].map(({ name }) => name));

const weightRule =
  ({ trainable }: ReadOptions) =>
  (name: string, { dtype, shape }: TensorData, isInitializer: boolean): boolean => {
    if (dtype !== 'float32') return false;
    if (trainable !== undefined) return trainable(name, shape);
    return isInitializer ? shape.length > 0 : sizeOfShape(shape) > 1;
  };
