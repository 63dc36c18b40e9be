import { blame } from './blame.ts';
import { dtypeOfArray, dtypes, toData } from './dtype.ts';
import { EngineError } from './error.ts';
import type { OpName } from './op-name.ts';
import { formatShape, sizeOfShape } from './shape.ts';
import type {
  Attributes,
  ConstantValue,
  DType,
  Graph,
  GraphNode,
  Initializer,
  Op,
  Parameter,
  Shape,
  Tensor,
  TensorData,
} from './tensor.ts';

/** Constants up to this many elements are shared when they are equal. */
const SHARED_CONSTANT_SIZE = 64;

/** The opset of graphs of our own. */
const OPSET = 20;

export interface GraphOptions {
  /** Names left to inputs and parameters to come. */
  reserved?: ReadonlySet<string>;
  /** The version of ONNX's operators to write it in, 18 or later. */
  opset?: number;
}

/** An empty graph over a table of operators. Users call `createGraph` of the front door, which brings the table. */
export function createGraphOver(
  operators: Readonly<Record<OpName, Op>>,
  { reserved = new Set(), opset = OPSET }: GraphOptions = {},
): Graph {
  const nodes: GraphNode[] = [];
  const inputs: Tensor[] = [];
  const parameters: Parameter[] = [];
  const taken = new Set<string>();
  const computed = new Map<string, GraphNode>();
  const constants = new Map<string, Tensor>();

  function claim(name: string): string {
    if (taken.has(name)) throw new EngineError('format', `the graph already has a tensor named ${name}`);
    taken.add(name);
    return name;
  }

  /** A name for what its maker did not name, beside whatever inputs are called. */
  function invent(name: string): string {
    let free = name;
    while (taken.has(free) || reserved.has(free)) free += "'";
    return claim(free);
  }

  const graph: Graph = {
    operators,
    opset,
    nodes,
    inputs,
    parameters,

    input(name: string, dtype: DType, shape: Shape): Tensor {
      const tensor: Tensor = { graph, name: claim(name), dtype, shape };
      inputs.push(tensor);
      return tensor;
    },

    parameter(name: string, shape: readonly number[], initializer: Initializer): Parameter {
      const parameter: Parameter = {
        graph,
        name: claim(name),
        dtype: 'float32',
        shape,
        initial: (random) => initializer(random, shape),
      };
      parameters.push(parameter);
      return parameter;
    },

    constant(value: ConstantValue, shape?: readonly number[], dtype?: DType): Tensor {
      const data = constantData(value, shape, dtype);
      const elements = data.data.length <= SHARED_CONSTANT_SIZE ? Array.from<unknown>(data.data) : undefined;
      const key = elements && `${data.dtype}${formatShape(data.shape)}${JSON.stringify(elements, distinct)}`;
      const known = key === undefined ? undefined : constants.get(key);
      if (known !== undefined) return known;
      const name = invent(`constant_${constants.size}`);
      const tensor: Tensor = { graph, name, dtype: data.dtype, shape: data.shape, value: data };
      constants.set(key ?? name, tensor);
      return tensor;
    },

    apply(type: OpName, inputs: readonly Tensor[], attributes: Attributes = {}): readonly Tensor[] {
      const name = `${type}_${nodes.length}`;
      const outputs: Tensor[] = [];
      const node: GraphNode = { type, name, inputs, attributes, outputs };
      const types = blame(node, () => {
        const stranger = inputs.find((input) => input.graph !== graph);
        if (stranger !== undefined) throw new Error(`${stranger.name} belongs to another graph`);
        return operators[type].infer(inputs, attributes);
      });
      const key = `${type}(${inputs.map((input) => input.name).join()})${JSON.stringify(attributes, distinct)}`;
      const known = computed.get(key);
      if (known !== undefined) return known.outputs;
      for (const [index, { dtype, shape }] of types.entries())
        outputs.push({ graph, name: invent(index === 0 ? name : `${name}.${index}`), dtype, shape, node });
      nodes.push(node);
      computed.set(key, node);
      return outputs;
    },
  };
  return graph;
}

/** JSON has no NaN, infinity, minus zero or bigint; the keys of constants and nodes need them told apart. */
const distinct = (_: string, value: unknown): unknown =>
  typeof value === 'number' || typeof value === 'bigint'
    ? Object.is(value, -0)
      ? '-0'
      : String(value)
    : value;

function constantData(value: ConstantValue, shape?: readonly number[], dtype?: DType): TensorData {
  const values =
    typeof value === 'boolean'
      ? [Number(value)]
      : typeof value === 'number' || typeof value === 'string'
        ? [value]
        : value;
  const fitting = dtype ?? dtypeOf(value);
  const data = toData(values as readonly number[], fitting);
  const given = shape ?? (typeof value === 'object' ? [data.length] : []);
  if (sizeOfShape(given) !== data.length)
    throw new EngineError(
      'shape',
      `a constant of ${data.length} elements does not fill ${formatShape(given)}`,
    );
  if (fitting !== 'string' && !(data instanceof dtypes[fitting].array))
    throw new EngineError('dtype', `a constant of ${fitting} is not made from a ${data.constructor.name}`);
  return { dtype: fitting, shape: given, data };
}

function dtypeOf(value: ConstantValue): DType {
  if (typeof value === 'boolean') return 'bool';
  if (typeof value === 'string' || (Array.isArray(value) && typeof value[0] === 'string')) return 'string';
  return ArrayBuffer.isView(value) ? dtypeOfArray(value) : 'float32';
}
