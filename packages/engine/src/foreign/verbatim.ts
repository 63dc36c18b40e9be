import { clone, create } from '@bufbuild/protobuf';
import {
  type AttributeProto,
  AttributeProtoSchema,
  type GraphProto,
  type NodeProto,
  NodeProtoSchema,
} from 'onnx-buf';
import type { Verbatim } from '../tensor.ts';

/**
 * The node of another file, with its inputs and outputs under the names they have in ours. Names inside its graphs get
 * the node's own before them, so that they meet none of ours.
 */
export function verbatimNode(
  name: string,
  verbatim: Verbatim,
  inputs: readonly string[],
  outputs: readonly string[],
): NodeProto {
  const [given, computed] = [inputs.values(), outputs.values()];
  const input = verbatim.inputs.map((there) => (there ? (given.next().value ?? '') : ''));
  const outer = new Map(verbatim.captures.map((inner) => [inner, given.next().value ?? '']));
  const rename = (inner: string): string => outer.get(inner) ?? `${name}/${inner}`;
  return create(NodeProtoSchema, {
    name,
    domain: verbatim.domain,
    opType: verbatim.operator,
    input,
    output: verbatim.outputs.map((there) => (there ? (computed.next().value ?? '') : '')),
    attribute: verbatim.attributes.map((attribute) => renamed(attribute, rename)),
  });
}

type Rename = (name: string) => string;

function renamed(attribute: AttributeProto, rename: Rename): AttributeProto {
  const graphs = graphsOf(attribute);
  if (graphs.length === 0) return attribute;
  const copy = clone(AttributeProtoSchema, attribute);
  for (const graph of graphsOf(copy)) renameGraph(graph, rename);
  return copy;
}

function renameGraph(graph: GraphProto, rename: Rename): void {
  for (const value of [...graph.input, ...graph.output, ...graph.valueInfo, ...graph.initializer])
    value.name = rename(value.name);
  for (const node of graph.node) {
    node.input = node.input.map((name) => (name === '' ? '' : rename(name)));
    node.output = node.output.map((name) => (name === '' ? '' : rename(name)));
    for (const attribute of node.attribute)
      for (const inner of graphsOf(attribute)) renameGraph(inner, rename);
  }
}

/** The graphs an attribute holds, as the branches of an If. */
export const graphsOf = ({ g, graphs }: AttributeProto): readonly GraphProto[] =>
  g === undefined ? graphs : [g, ...graphs];

/** The names that graphs inside a node's attributes use but do not define. */
export function capturedNames(attributes: readonly AttributeProto[]): Set<string> {
  const free = new Set<string>();
  for (const graph of attributes.flatMap(graphsOf)) collectFree(graph, free, () => false);
  return free;
}

function collectFree(graph: GraphProto, free: Set<string>, isAround: (name: string) => boolean): void {
  const defined = new Set([...graph.input, ...graph.initializer].map(({ name }) => name));
  for (const node of graph.node) for (const name of node.output) defined.add(name);
  const isDefined = (name: string): boolean => name === '' || defined.has(name) || isAround(name);
  const use = (name: string): void => {
    if (!isDefined(name)) free.add(name);
  };
  for (const node of graph.node) {
    for (const name of node.input) use(name);
    for (const inner of node.attribute.flatMap(graphsOf)) collectFree(inner, free, isDefined);
  }
  for (const { name } of graph.output) use(name);
}
