import type { GraphProto, NodeProto } from 'onnx-buf';
import { createGraph } from '../create-graph.ts';
import { EngineError } from '../error.ts';
import { sizeOfShape } from '../shape.ts';
import type { Graph, Shape, Tensor, TensorData } from '../tensor.ts';
import { attributesOfNode, type ForeignAttributes } from './attributes.ts';
import { readConstant } from './constant.ts';
import { declaredShape } from './declared-inputs.ts';
import { evaluate, isSmall } from './evaluate.ts';
import type { ForeignNode, NodeReader, Reading } from './node.ts';
import { applyOpaque } from './opaque.ts';
import { readTensor } from './read-tensor.ts';
import { concatenated, type Sizes, sizeRules, sizesOfData } from './sizes.ts';
import { describe, nameOfNode, orderNodes, ownDomain } from './structure.ts';
import { readers } from './table.ts';
import type { Scope, Value } from './value.ts';
import { capturedNames } from './verbatim.ts';

/** Beyond these a file is refused rather than read for minutes: nodes in all, and runs of the runtime. */
const MOST_NODES = 200_000;
const MOST_RUNS = 10_000;
/** Elements computed while reading, all together. */
const MOST_KNOWN_ELEMENTS = 2 ** 25;

/** Of one tensor; 4 GB in float32. */
const MOST_ELEMENTS = 2 ** 30;
const MOST_AXES = 64;
/** Characters of a symbolic size, as `past + N`. */
const MOST_DIM_LENGTH = 200;

/** A node that we have no operator for. */
export interface OpaqueNode {
  readonly operator: string;
  readonly node: string;
  /** Why none of ours does. */
  readonly reason: string;
}

/** What reading nodes works on. */
interface ReadingContext {
  readonly graph: Graph;
  readonly opsets: ReadonlyMap<string, bigint>;
  /** The values of parameters, which reading adds to. */
  readonly parameters: Map<string, TensorData>;
  /** The nodes kept as they stand, which reading adds to. */
  readonly opaque: OpaqueNode[];
  readonly isWeight: (name: string, data: TensorData, isInitializer: boolean) => boolean;
}

interface NodeReading {
  /** Reads what `outputs` of a graph need into the scope. */
  readGraph(file: GraphProto, scope: Scope, outputs: readonly string[]): Promise<void>;
  /** A value as a tensor of the graph. */
  tensorOf(value: Value): Promise<Tensor>;
}

export function createNodeReading(context: ReadingContext): NodeReading {
  const { graph, opsets, parameters, opaque, isWeight } = context;
  /** What needs neither inputs nor weights is built here and computed when somebody asks for its numbers. */
  const aside = createGraph({ opset: graph.opset });
  const opset = Number(opsets.get('') ?? 0n);
  const declared = new Map<string, Shape>();
  const left = { nodes: MOST_NODES, runs: MOST_RUNS, elements: MOST_KNOWN_ELEMENTS };

  async function readGraph(file: GraphProto, scope: Scope, outputs: readonly string[]): Promise<void> {
    for (const { name, type } of [...file.valueInfo, ...file.output]) {
      const shape =
        type?.value.case === 'tensorType' ? declaredShape(name, type.value.value.shape) : undefined;
      if (shape !== undefined) declared.set(name, shape);
    }
    for (const initializer of file.initializer)
      scope.set(initializer.name, stored(initializer.name, readTensor(initializer), true));
    for (const node of orderNodes(file.node, outputs, namesTaken)) {
      spend('nodes', 'nodes');
      await readNode(node, scope);
    }
  }

  async function readNode(node: NodeProto, scope: Scope): Promise<void> {
    const attributes = attributesOfNode(node, describe(node));
    const isOwn = ownDomain(node.domain) === '';
    const values = node.input.map((name) => (name === '' ? undefined : scope.get(name)));
    if (isOwn && node.opType === 'Constant') return define(node, scope, [constant(node, attributes)]);
    if (isOwn && node.opType === 'If' && (await readBranch(node, values, scope))) return undefined;
    const reader = readers.get(ownDomain(node.domain))?.get(node.opType);
    const settled = reader && (await readAside(reader, node, attributes, values));
    if (settled !== undefined) return define(node, scope, settled);

    await settle(values);
    await settle(reader?.numbers.map((at) => values[at]).filter((value) => value?.kind === 'computed') ?? []);
    const isFixed = values.every((value) => value?.kind !== 'computed' || value.isFixed);
    const { reading, reason } = attempt(reader, node, () => view(node, attributes, values, graph));
    const tensors = reading ?? (await readOpaque(node, values, scope, reason));
    for (const tensor of tensors) if (tensor !== undefined) requireComputable(node, tensor);
    const sizes = sizesAfter(node, attributes, values);
    define(
      node,
      scope,
      tensors.map((tensor) => tensor && valueOf(tensor, reading !== undefined && isFixed, sizes)),
    );
  }

  /** What is known of the elements of a shape that the node computes. */
  function sizesAfter(
    node: NodeProto,
    attributes: ForeignAttributes,
    values: readonly (Value | undefined)[],
  ): Sizes | undefined {
    if (ownDomain(node.domain) !== '') return undefined;
    if (node.opType === 'Concat') return concatenated(values.map(sizesOf));
    const [first] = values;
    const shape = first?.kind === 'computed' ? first.tensor.shape : first?.data?.shape;
    const sizes = (at: number): Sizes | undefined => sizesOf(values[at]);
    return shape && sizeRules[node.opType]?.({ attributes, opset, shape, sizes });
  }

  /** A node that takes nothing but known numbers, if its results are small: built aside, not in the graph. */
  async function readAside(
    reader: NodeReader,
    node: NodeProto,
    attributes: ForeignAttributes,
    values: readonly (Value | undefined)[],
  ): Promise<(Value | undefined)[] | undefined> {
    if (values.length === 0 || !values.every((value) => value === undefined || value.kind === 'known'))
      return undefined;
    await settle(reader.numbers.map((at) => values[at]));
    const { reading } = attempt(reader, node, () => view(node, attributes, values, aside));
    if (!reading?.every((tensor) => tensor === undefined || isSmall(tensor))) return undefined;
    const size = reading.reduce(
      (sum, tensor) => sum + (tensor === undefined ? 0 : sizeOfShape(tensor.shape)),
      0,
    );
    if (size > left.elements) return undefined;
    left.elements -= size;
    return reading.map(
      (tensor) => tensor && { kind: 'known', aside: tensor, ...(tensor.value && { data: tensor.value }) },
    );
  }

  /** The branch that a settled condition chooses takes the place of an If. */
  async function readBranch(
    node: NodeProto,
    values: readonly (Value | undefined)[],
    scope: Scope,
  ): Promise<boolean> {
    const [condition] = values;
    if (condition === undefined || (condition.kind === 'computed' && !condition.isFixed)) return false;
    await settle([condition]);
    const name = Number(condition.data?.data[0] ?? 0) === 0 ? 'else_branch' : 'then_branch';
    const branch = node.attribute.find((attribute) => attribute.name === name)?.g;
    if (branch === undefined) throw failure('format', node, `has no ${name}`);
    const inner = scope.inner();
    const outputs = branch.output.map((output) => output.name);
    await readGraph(branch, inner, outputs);
    define(
      node,
      scope,
      outputs.map((output) => inner.get(output)),
    );
    return true;
  }

  /** A node as it stands, with the tensors that graphs within it take from around. */
  async function readOpaque(
    node: NodeProto,
    values: readonly (Value | undefined)[],
    scope: Scope,
    reason: EngineError | undefined,
  ): Promise<readonly (Tensor | undefined)[]> {
    const captures = [...capturedNames(node.attribute)];
    const captured = captures.map((name) => scope.get(name));
    await settle(captured);
    const taken = [...values.filter((value) => value !== undefined), ...captured].map(untrained);
    spend('runs', 'nodes that are none of our operators');
    const inputs = taken.map((value) => ({
      tensor: tensorIn(graph, value),
      data: value.kind === 'known' ? value.data : undefined,
    }));
    const tensors = await applyOpaque(graph, node, { opsets, inputs, captures, declared, reason });
    opaque.push({
      operator: node.opType,
      node: nameOfNode(node),
      reason: reason?.message ?? 'there is no operator for it, or not for this form of it',
    });
    return tensors;
  }

  /** Computes the numbers of values that have none yet: those aside, and those that follow from weights. */
  async function settle(values: readonly (Value | undefined)[]): Promise<void> {
    const open = values.filter(
      (value) => value !== undefined && value.kind !== 'weight' && value.data === undefined,
    ) as Exclude<Value, { kind: 'weight' }>[];
    const known = open.filter((value) => value.kind === 'known');
    const fixed = open.filter((value) => value.kind === 'computed' && value.isFixed && isSmall(value.tensor));
    await compute(aside, known, (value) => (value.kind === 'known' ? value.aside : undefined));
    await compute(graph, fixed, (value) => value.tensor);
  }

  async function compute<V extends { data?: TensorData }>(
    home: Graph,
    values: readonly V[],
    tensorOf: (value: V) => Tensor | undefined,
  ): Promise<void> {
    const tensors = values.map(tensorOf).filter((tensor) => tensor !== undefined);
    if (tensors.length === 0) return;
    spend('runs', 'values to compute');
    const found = await evaluate(home, tensors, parameters);
    for (const [index, value] of values.entries()) {
      const data = found[index];
      if (data !== undefined) value.data = data;
    }
  }

  /** A value as a tensor of the graph or aside; known numbers become a constant, weights a parameter. */
  function tensorIn(home: Graph, value: Value): Tensor {
    if (home === aside && value.kind === 'known')
      return (value.aside ??= constantIn(aside, value.data as TensorData));
    if (value.kind === 'known') return (value.tensor ??= constantIn(graph, value.data as TensorData));
    if (value.kind === 'computed') return value.tensor;
    return (value.tensor ??= parameterOf(value.name, value.data));
  }

  function parameterOf(name: string, data: TensorData): Tensor {
    let free = name;
    for (let count = 2; parameters.has(free); count++) free = `${name}#${count}`;
    parameters.set(free, data);
    return graph.parameter(free, data.shape, () => (data.data as Float32Array).slice());
  }

  function view(
    node: NodeProto,
    attributes: ForeignAttributes,
    values: readonly (Value | undefined)[],
    home: Graph,
  ): ForeignNode {
    const optional = (at: number): Tensor | undefined => {
      const value = values[at];
      return value && tensorIn(home, value);
    };
    const required = (at: number): Tensor => {
      const tensor = optional(at);
      if (tensor === undefined) throw failure('format', node, `lacks its input ${at}`);
      return tensor;
    };
    return {
      operator: node.opType,
      opset,
      attributes,
      graph: home,
      inputCount: values.length,
      outputCount: node.output.length,
      optional,
      input: required,
      constant: (at) => {
        const value = values[at];
        return value === undefined ? required(at) : tensorIn(home, untrained(value));
      },
      data: (at) => values[at]?.data,
      sizes: (at) => sizesOf(values[at]),
      hasOutput: (at) => (node.output[at] ?? '') !== '',
    };
  }

  function stored(name: string, data: TensorData, isInitializer: boolean): Value {
    return isWeight(name, data, isInitializer) ? { kind: 'weight', name, data } : { kind: 'known', data };
  }

  function constant(node: NodeProto, attributes: ForeignAttributes): Value {
    const data = readConstant(attributes);
    if (data === undefined)
      throw failure('format', node, 'has no value, or one of a kind that is not supported');
    return stored(node.output[0] ?? '', data, false);
  }

  function spend(what: 'nodes' | 'runs', name: string): void {
    if (--left[what] < 0)
      throw new EngineError(
        'format',
        `the model is too large to be read: more than ${what === 'nodes' ? MOST_NODES : MOST_RUNS} ${name}`,
      );
  }

  return {
    readGraph,
    async tensorOf(value) {
      await settle([value]);
      return tensorIn(graph, value);
    },
  };
}

/** Gives a node's outputs their names. */
function define(node: NodeProto, scope: Scope, values: readonly (Value | undefined)[]): void {
  for (const [index, name] of node.output.entries()) {
    const value = values[index];
    if (name !== '' && value !== undefined) scope.set(name, value);
  }
}

/** Sums of symbolic sizes may double at every node: such a size is better named anew. */
const isWritable = (tensor: Tensor | undefined): boolean =>
  tensor === undefined ||
  tensor.shape.every((dim) => typeof dim === 'number' || dim.length <= MOST_DIM_LENGTH);

function requireComputable(node: NodeProto, { shape }: Tensor): void {
  const known = shape.filter((dim) => typeof dim === 'number');
  const size = known.includes(0) ? 0 : known.reduce((product, dim) => product * dim, 1);
  if (size > MOST_ELEMENTS || shape.length > MOST_AXES)
    throw failure('shape', node, `gives ${shape.length} axes and ${size} elements, too many to compute`);
}

function sizesOf(value: Value | undefined): Sizes | undefined {
  if (value?.kind === 'computed') return value.sizes;
  return value?.data && sizesOfData(value.data);
}

/** A weight where it cannot be trained, as in a node without a derivative: known numbers, unless others train it. */
const untrained = (value: Value): Value =>
  value.kind === 'weight' && value.tensor === undefined ? { kind: 'known', data: value.data } : value;

/** A constant of the graph becomes known numbers again. */
const valueOf = (tensor: Tensor, isFixed: boolean, sizes: Sizes | undefined): Value =>
  tensor.value === undefined
    ? { kind: 'computed', tensor, isFixed, sizes }
    : { kind: 'known', data: tensor.value, tensor };

const constantIn = (graph: Graph, { data, shape, dtype }: TensorData): Tensor =>
  graph.constant(data, shape, dtype);

const namesTaken = (node: NodeProto): Iterable<string> => [...node.input, ...capturedNames(node.attribute)];

const failure = (code: 'format' | 'shape', node: NodeProto, reason: string, cause?: unknown): EngineError =>
  new EngineError(code, `${describe(node)} ${reason}`, {
    operator: node.opType,
    node: nameOfNode(node),
    cause,
  });

/**
 * A node in our operators. What ours refuse may still be right, as types they lack: it is for the runtime to judge, and
 * `reason` says why we did not take it.
 */
function attempt(
  reader: NodeReader | undefined,
  node: NodeProto,
  view: () => ForeignNode,
): { reading?: readonly (Tensor | undefined)[]; reason?: EngineError } {
  try {
    const reading: Reading = reader?.read(view());
    if (reading === undefined) return {};
    const tensors = 'graph' in reading ? [reading] : reading;
    return tensors.every(isWritable) ? { reading: tensors } : {};
  } catch (cause) {
    if (cause instanceof EngineError && cause.code !== 'format') return { reason: cause };
    if (cause instanceof EngineError) throw cause;
    throw failure(
      'format',
      node,
      `cannot be read: ${cause instanceof Error ? cause.message : String(cause)}`,
      cause,
    );
  }
}
