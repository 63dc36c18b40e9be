import { create, toBinary } from '@bufbuild/protobuf';
import {
  type AttributeProto,
  AttributeProtoSchema,
  AttributeProto_AttributeType as AttributeType,
  GraphProtoSchema,
  ModelProtoSchema,
  type NodeProto,
  NodeProtoSchema,
  OperatorSetIdProtoSchema,
  StringStringEntryProtoSchema,
  type TensorProto,
} from 'onnx-buf';
import { blame } from './blame.ts';
import { EngineError } from './error.ts';
import { inOwnOpset } from './foreign/own-opset.ts';
import { verbatimNode } from './foreign/verbatim.ts';
import { attributesOf, tensorProto, valueInfo } from './onnx-proto.ts';
import { formatShape, sameShape } from './shape.ts';
import type { BodyCall, Graph, GraphNode, OnnxCall, Op, Tensor, TensorData } from './tensor.ts';

/** What a node needs of the file's opset beyond the 18 that has axes as inputs; the runtime reads 20 since 1.17. */
function opsetOf({ type, inputs, ints = {}, domain = '' }: OnnxCall): bigint {
  // Keys and values of LabelEncoder are lists since the second version.
  if (domain !== '') return type === 'LabelEncoder' ? 2n : 1n;
  const [first] = inputs;
  if (type === 'Gelu' || type === 'RegexFullMatch' || type.startsWith('String')) return 20n;
  if (type === 'Equal' && first !== undefined && 'dtype' in first && first.dtype === 'string') return 19n;
  return type === 'AveragePool' && ints.dilations !== undefined ? 19n : 0n;
}

export const IR_VERSION = 9n;

export interface OnnxOptions {
  /** The inputs of the file in this order; fed at every run. */
  inputs: readonly Tensor[];
  /** The outputs, under their names in the graph or under the given ones. */
  outputs: readonly Tensor[] | Readonly<Record<string, Tensor>>;
  /** Values by parameter name. A parameter with a value becomes an initializer, one without an input. */
  initializers?: ReadonlyMap<string, TensorData>;
  metadata?: Readonly<Record<string, string>>;
  /** Another order in which to write the nodes that are needed; they stay behind what they read. */
  order?: (nodes: readonly GraphNode[]) => readonly GraphNode[];
}

/**
 * The ONNX file that computes `outputs`: only the nodes, constants and parameters they need are written.
 *
 * @throws EngineError 'format' if an output needs an input that is not listed, 'shape' if an initializer does not fit
 */
export function toOnnx(
  graph: Graph,
  { inputs, outputs, initializers, metadata = {}, order = (nodes) => nodes }: OnnxOptions,
): Uint8Array {
  const named: readonly (readonly [string, Tensor])[] = Array.isArray(outputs)
    ? outputs.map((output: Tensor) => [output.name, output])
    : Object.entries(outputs as Readonly<Record<string, Tensor>>);
  const nodes = neededNodes(
    graph,
    named.map(([, tensor]) => tensor),
  );
  const used = new Set([...nodes.flatMap((node) => node.inputs), ...named.map(([, tensor]) => tensor)]);
  const stranger = graph.inputs.find((input) => used.has(input) && !inputs.includes(input));
  if (stranger !== undefined)
    throw new EngineError('format', `an output needs the input ${stranger.name}, which is not listed`, {
      node: stranger.name,
    });

  const fed: Tensor[] = [...inputs];
  const ordered = order(nodes).map((node) => asWritten(node, graph.operators[node.type], used));
  const calls = ordered.map((node) => blame(node, () => graph.operators[node.type].emit(node)));
  const own = inOwnOpset(graph, nodes, calls);
  const file = createFile(graph, nameOutputs(graph, named), { opset: own?.opset ?? graph.opset });
  for (const tensor of used) if (tensor.value !== undefined) file.constant(tensor.name, tensor.value);
  for (const parameter of graph.parameters.filter((parameter) => used.has(parameter))) {
    const value = initializers?.get(parameter.name);
    if (value === undefined) fed.push(parameter);
    else file.constant(parameter.name, fitting(parameter, value));
  }
  for (const [index, call] of (own?.calls ?? calls).entries()) file.node(ordered[index] as GraphNode, call);
  for (const [name, tensor] of named) file.output(name, tensor);

  const model = create(ModelProtoSchema, {
    irVersion: IR_VERSION,
    producerName: 'banyan',
    opsetImport: [...file.opsets].map(([domain, version]) =>
      create(OperatorSetIdProtoSchema, { domain, version }),
    ),
    metadataProps: Object.entries(metadata).map(([key, value]) =>
      create(StringStringEntryProtoSchema, { key, value }),
    ),
    graph: create(GraphProtoSchema, {
      name: 'banyan',
      node: file.nodes,
      initializer: file.initializers,
      input: fed.map((tensor) => valueInfo(tensor.name, tensor)),
      output: named.map(([name, tensor]) => valueInfo(name, tensor)),
    }),
  });
  return toBinary(ModelProtoSchema, model);
}

/** A node without the outputs at its end that nothing uses and its operator may leave out. */
function asWritten(node: GraphNode, { optionalOutputs }: Op, used: ReadonlySet<Tensor>): GraphNode {
  if (optionalOutputs === undefined) return node;
  const least = optionalOutputs === true ? 1 : optionalOutputs(node.attributes);
  const last = node.outputs.findLastIndex((output) => used.has(output));
  return { ...node, outputs: node.outputs.slice(0, Math.max(least, last + 1)) };
}

/** A parameter's value, which must have its shape. */
function fitting({ name, shape }: Tensor, value: TensorData): TensorData {
  if (sameShape(value.shape, shape)) return value;
  throw new EngineError(
    'shape',
    `the value of ${name} is ${formatShape(value.shape)}, not ${formatShape(shape)}`,
    { node: name, shapes: [shape, value.shape] },
  );
}

/** The nodes that `outputs` depend on, in order. */
export function neededNodes(graph: Graph, outputs: readonly Tensor[]): GraphNode[] {
  const needed = new Set<GraphNode | undefined>(outputs.map((output) => output.node));
  for (const node of graph.nodes.toReversed())
    if (needed.has(node)) for (const input of node.inputs) needed.add(input.node);
  return graph.nodes.filter((node) => needed.has(node));
}

/** The names that whoever made the graph chose. */
const fixedNames = ({ inputs, parameters }: Graph): Set<string> =>
  new Set([...inputs, ...parameters].map(({ name }) => name));

/** A computed tensor takes the name of the output it is; a second name, or one for an input, needs a copy. */
function nameOutputs(
  graph: Graph,
  outputs: readonly (readonly [string, Tensor])[],
): (tensor: Tensor) => string {
  const names = new Map<Tensor, string>();
  const fixed = fixedNames(graph);
  for (const [name, tensor] of outputs) {
    if (fixed.has(name) && name !== tensor.name)
      throw new EngineError('format', `the output ${name} has the name of an input`, { node: name });
    if (tensor.node !== undefined && !names.has(tensor)) names.set(tensor, name);
  }
  return (tensor) => names.get(tensor) ?? tensor.name;
}

/** Collects nodes and initializers; equal small constants of calls are written once. */
function createFile(
  graph: Graph,
  nameOf: (tensor: Tensor) => string,
  { prefix = '', opset = graph.opset }: { prefix?: string; opset?: number },
) {
  const nodes: NodeProto[] = [];
  const initializers: TensorProto[] = [];
  const opsets = new Map([['', BigInt(opset)]]);
  const written = new Map<string, string>();
  const fixed = fixedNames(graph);

  function constant(name: string, value: TensorData): void {
    initializers.push(tensorProto(name, value));
  }

  function constantOf(value: TensorData): string {
    const elements = JSON.stringify(Array.from(value.data as ArrayLike<unknown>, String));
    const key = `${value.dtype}${formatShape(value.shape)}${elements}`;
    const known = written.get(key);
    if (known !== undefined) return known;
    let name = `${prefix}attribute/${written.size}`;
    while (fixed.has(name)) name += "'";
    written.set(key, name);
    constant(name, value);
    return name;
  }

  const node = ({ name, outputs }: GraphNode, call: OnnxCall): void =>
    write(prefix + name, outputs.map(nameOf), call);

  function write(name: string, outputs: string[], call: OnnxCall): void {
    const names = call.inputs.map((value, index) => {
      if (value === undefined) return '';
      if ('graph' in value) return nameOf(value);
      if ('data' in value) return constantOf(value);
      const inner = `${name}/${index}`;
      write(inner, [inner], value);
      return inner;
    });
    const { type: opType, domain = '', verbatim } = call;
    for (const [domain, version] of verbatim?.opsets ?? []) requireOpset(domain, version);
    requireOpset(domain, opsetOf(call));
    nodes.push(
      verbatim === undefined
        ? create(NodeProtoSchema, {
            name,
            opType,
            domain,
            input: names,
            output: outputs,
            attribute: [...attributesOf(call), ...bodiesOf(name, call)],
          })
        : verbatimNode(name, verbatim, names, outputs),
    );
  }

  function bodiesOf(name: string, { bodies = {} }: OnnxCall): AttributeProto[] {
    return Object.entries(bodies).map(([attribute, body]) => {
      const inner = bodyProto(`${name}/`, body, nameOf);
      for (const [domain, version] of inner.opsets) requireOpset(domain, version);
      return create(AttributeProtoSchema, { name: attribute, g: inner.proto, type: AttributeType.GRAPH });
    });
  }

  function requireOpset(domain: string, version: bigint): void {
    if (version > (opsets.get(domain) ?? 0n)) opsets.set(domain, version);
  }

  /** Copies a tensor to an output that does not bear its name. */
  function output(name: string, tensor: Tensor): void {
    const from = nameOf(tensor);
    if (from === name) return;
    nodes.push(
      create(NodeProtoSchema, { name: `${name} (copy)`, opType: 'Identity', input: [from], output: [name] }),
    );
  }

  return { nodes, initializers, opsets, constant, node, output };
}

/** A body under names that nothing around it has: those of its captures are of what they stand for. */
function bodyProto(
  prefix: string,
  { graph, inputs, outputs, captures, captured }: BodyCall,
  nameAround: (tensor: Tensor) => string,
) {
  const around = new Map(captures.map((capture, index) => [capture, captured[index] as Tensor]));
  const nameOf = (tensor: Tensor): string => {
    const outer = around.get(tensor);
    return outer === undefined ? prefix + tensor.name : nameAround(outer);
  };
  const file = createFile(graph, nameOf, { prefix });
  const nodes = neededNodes(graph, outputs);
  const used = new Set([...nodes.flatMap((node) => node.inputs), ...outputs]);
  for (const tensor of used) if (tensor.value !== undefined) file.constant(nameOf(tensor), tensor.value);
  for (const node of nodes) {
    const op = graph.operators[node.type];
    const written = asWritten(node, op, used);
    file.node(
      written,
      blame(node, () => op.emit(written)),
    );
  }
  // An output has a name of its own: what is no node's, or is given twice, is copied.
  const given = new Set<string>();
  const output = outputs.map((tensor, index) => {
    const own = nameOf(tensor);
    const name = tensor.node === undefined || given.has(own) ? `${prefix}output ${index}` : own;
    given.add(name);
    file.output(name, tensor);
    return valueInfo(name, tensor);
  });
  const proto = create(GraphProtoSchema, {
    name: `${prefix}body`,
    node: file.nodes,
    initializer: file.initializers,
    input: inputs.map((tensor) => valueInfo(nameOf(tensor), tensor)),
    output,
  });
  return { proto, opsets: file.opsets };
}
