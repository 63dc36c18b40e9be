import type { GraphProto, ModelProto, NodeProto } from 'onnx-buf';
import { EngineError } from '../error.ts';
import { graphsOf } from './verbatim.ts';

/** Below, attributes and broadcasting had other meanings; above, ONNX Runtime (1.30) knows no operators. */
const OLDEST_OPSET = 7n;
const NEWEST_OPSET = 26n;
/** The least version of the format that says which operators it means. */
const OLDEST_IR = 3n;

/**
 * The graph of a model and the versions of its domains (`''` is ONNX's own), once its names are known to be sound:
 * everything used is defined once, and before it is used in the order of `orderNodes`.
 *
 * @throws EngineError 'format'
 */
export function checkModel(model: ModelProto): { graph: GraphProto; opsets: Map<string, bigint> } {
  const { graph, irVersion } = model;
  if (graph === undefined || irVersion < OLDEST_IR)
    throw new EngineError(
      'format',
      `not an ONNX model: ${graph === undefined ? 'it has no graph' : `IR version ${irVersion}`}`,
    );
  const [first] = model.functions;
  if (first !== undefined)
    throw new EngineError(
      'format',
      `the model defines functions of its own, as ${first.name}: put their nodes in place of the calls with Python's onnx.inliner`,
    );
  const opsets = new Map(model.opsetImport.map(({ domain, version }) => [ownDomain(domain), version]));
  const own = opsets.get('');
  if (own === undefined && graph.node.some(({ domain }) => ownDomain(domain) === ''))
    throw new EngineError('format', 'the model does not say which version of the ONNX operators it uses');
  if (own !== undefined && (own < OLDEST_OPSET || own > NEWEST_OPSET))
    throw new EngineError(
      'format',
      `the model is written in opset ${own}; ${OLDEST_OPSET} to ${NEWEST_OPSET} are read: ` +
        "convert it with Python's onnx.version_converter",
    );
  checkGraph(graph, { has: () => false }, opsets);
  return { graph, opsets };
}

/** ONNX's own operators have two names for their domain. */
export const ownDomain = (domain: string): string => (domain === 'ai.onnx' ? '' : domain);

/** How a node is called in messages: by its name, or by what it computes. */
export const nameOfNode = ({ name, output }: NodeProto): string =>
  name !== '' ? name : (output.find((output) => output !== '') ?? '(unnamed)');

export const describe = (node: NodeProto): string => `${node.opType} (node ${nameOfNode(node)})`;

function fail(reason: string, node?: NodeProto): never {
  if (node === undefined) throw new EngineError('format', reason);
  const details = { operator: node.opType, node: nameOfNode(node) };
  throw new EngineError('format', `${describe(node)} ${reason}`, details);
}

/** The names defined at a place, here or in a graph around it. */
interface Scope {
  has(name: string): boolean;
}

function checkGraph(graph: GraphProto, around: Scope, opsets: ReadonlyMap<string, bigint>): void {
  if (graph.sparseInitializer.length > 0) fail('the model has sparse initializers, which are not supported');
  const defined = new Set<string>();
  const define = (name: string, node?: NodeProto): void => {
    if (defined.has(name) || around.has(name)) fail(`defines ${name}, which is defined already`, node);
    defined.add(name);
  };
  for (const { name } of graph.input) {
    if (name === '') fail('an input of the model has no name');
    if (defined.has(name)) fail(`there are two inputs named ${name}`);
    define(name);
  }
  const initialized = new Set<string>();
  for (const { name } of graph.initializer) {
    if (name === '') fail('an initializer of the model has no name');
    if (initialized.has(name)) fail(`there are two initializers named ${name}`);
    initialized.add(name);
    // An initializer may give the default of an input.
    defined.add(name);
  }
  for (const node of graph.node) {
    if (node.opType === '') fail('has no operator', node);
    if (!opsets.has(ownDomain(node.domain)))
      fail(`is of the domain ${node.domain}, whose version the model does not say`, node);
    for (const output of node.output) if (output !== '') define(output, node);
  }
  const known: Scope = { has: (name) => defined.has(name) || around.has(name) };
  for (const node of graph.node) {
    const missing = node.input.find((input) => input !== '' && !known.has(input));
    if (missing !== undefined) fail(`needs ${missing}, which nothing defines`, node);
    for (const inner of node.attribute.flatMap(graphsOf)) checkGraph(inner, known, opsets);
  }
  for (const { name } of graph.output)
    if (!known.has(name)) fail(`nothing computes the output ${name === '' ? '(unnamed)' : name}`);
}

/**
 * The nodes that `outputs` need, each after those it takes something from; files usually have them in such an order.
 *
 * @throws EngineError 'format' for a cycle, with the nodes on it
 */
export function orderNodes(
  nodes: readonly NodeProto[],
  outputs: readonly string[],
  namesTaken: (node: NodeProto) => Iterable<string>,
): NodeProto[] {
  const makers = new Map(nodes.flatMap((node) => node.output.map((output) => [output, node] as const)));
  makers.delete('');
  const ordered: NodeProto[] = [];
  const state = new Map<NodeProto, 'open' | 'done'>();
  // A stack of our own: chains may be longer than JavaScript's.
  const open: { node: NodeProto; left: Iterator<string> }[] = [];
  const visit = (name: string): void => {
    const node = makers.get(name);
    if (node === undefined || state.get(node) === 'done') return;
    if (state.get(node) === 'open') {
      const cycle = open
        .slice(open.findIndex((entry) => entry.node === node))
        .map((entry) => describe(entry.node));
      throw new EngineError(
        'format',
        `the model's nodes form a cycle: ${cycle.join(' -> ')} -> ${describe(node)}`,
        {
          operator: node.opType,
          node: nameOfNode(node),
        },
      );
    }
    state.set(node, 'open');
    open.push({ node, left: namesTaken(node)[Symbol.iterator]() });
  };
  for (const output of outputs) {
    visit(output);
    for (let top = open.at(-1); top !== undefined; top = open.at(-1)) {
      const next = top.left.next();
      if (!next.done) visit(next.value);
      else {
        state.set(top.node, 'done');
        ordered.push(top.node);
        open.pop();
      }
    }
  }
  return ordered;
}
