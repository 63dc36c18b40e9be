import type { NodeProto } from 'onnx-buf';
import { EngineError } from '../error.ts';
import type { Graph, Shape, Tensor, TensorData } from '../tensor.ts';
import { inferTypes } from './infer-types.ts';
import { requireCarriable } from './opsets.ts';
import { describe, nameOfNode, ownDomain } from './structure.ts';

interface OpaqueOptions {
  opsets: ReadonlyMap<string, bigint>;
  /** Its inputs that are there, then what `captures` names, with their numbers where they are known. */
  inputs: readonly { tensor: Tensor; data?: TensorData | undefined }[];
  captures: readonly string[];
  /** The shape that the file declares for a name. */
  declared: ReadonlyMap<string, Shape>;
  /** Why our own operator did not take the node, if there is one. */
  reason?: EngineError | undefined;
}

/**
 * Puts a node into the graph as it stands in its file, and gives its outputs in their places.
 *
 * @throws EngineError of `reason`, or 'format', where the runtime does not take the node either
 */
export async function applyOpaque(
  graph: Graph,
  node: NodeProto,
  { opsets, inputs, captures, declared, reason }: OpaqueOptions,
): Promise<(Tensor | undefined)[]> {
  const own = opsets.get('');
  if (own !== undefined) requireCarriable(node, Number(own), graph.opset);
  const unique = `${graph.nodes.length}:${nameOfNode(node)}`;
  const untyped = {
    operator: node.opType,
    domain: ownDomain(node.domain),
    node: nameOfNode(node),
    attributes: node.attribute,
    opsets,
    inputs: node.input.map((name) => name !== ''),
    outputs: node.output.map((name) => name !== ''),
    captures,
    toJSON: () => unique,
  };
  const shapes = node.output.filter((name) => name !== '').map((name) => declared.get(name));
  const types = await inferTypes(untyped, inputs, graph.opset, shapes).catch((cause: unknown) => {
    const refusal = cause instanceof Error ? cause.message : String(cause);
    throw new EngineError(
      reason?.code ?? (cause instanceof EngineError && cause.code !== 'runtime' ? cause.code : 'format'),
      `${describe(node)}: ${reason?.message ?? refusal}`,
      {
        operator: node.opType,
        node: nameOfNode(node),
        shapes: inputs.map(({ tensor }) => tensor.shape),
        cause,
      },
    );
  });
  const outputs = graph.apply(
    'Foreign',
    inputs.map(({ tensor }) => tensor),
    { verbatim: { ...untyped, types } },
  );
  const computed = outputs.values();
  return untyped.outputs.map((there) => (there ? (computed.next().value as Tensor) : undefined));
}
