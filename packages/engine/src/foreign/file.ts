import { create, toBinary } from '@bufbuild/protobuf';
import {
  type AttributeProto,
  AttributeProtoSchema,
  AttributeProto_AttributeType as AttributeType,
  type GraphProto,
  GraphProtoSchema,
  ModelProtoSchema,
  type NodeProto,
  NodeProtoSchema,
  OperatorSetIdProtoSchema,
  ValueInfoProtoSchema,
} from 'onnx-buf';
import { attributesOf, tensorProto, valueInfo } from '../onnx-proto.ts';
import type { OnnxCall, TensorData, TensorType } from '../tensor.ts';

interface NodeOptions extends Pick<OnnxCall, 'ints' | 'floats' | 'strings' | 'domain'> {
  name?: string;
  graphs?: Readonly<Record<string, GraphProto>>;
  tensors?: Readonly<Record<string, TensorData>>;
}

/** A node as others write it, for tests. */
export function nodeOf(
  type: string,
  inputs: readonly string[],
  outputs: readonly string[],
  { name = '', domain = '', graphs = {}, tensors = {}, ...attributes }: NodeOptions = {},
): NodeProto {
  const attribute: AttributeProto[] = [
    ...attributesOf({ type, inputs: [], ...attributes }),
    ...Object.entries(graphs).map(([name, g]) =>
      create(AttributeProtoSchema, { name, g, type: AttributeType.GRAPH }),
    ),
    ...Object.entries(tensors).map(([name, value]) =>
      create(AttributeProtoSchema, { name, t: tensorProto('', value), type: AttributeType.TENSOR }),
    ),
  ];
  return create(NodeProtoSchema, {
    name,
    domain,
    opType: type,
    input: [...inputs],
    output: [...outputs],
    attribute,
  });
}

interface GraphParts {
  nodes: readonly NodeProto[];
  inputs?: Readonly<Record<string, TensorType>>;
  outputs: readonly string[];
  /** What is declared of outputs and of values in between. */
  declared?: Readonly<Record<string, TensorType>>;
  initializers?: Readonly<Record<string, TensorData>>;
}

/** A graph as others write it, for tests; outputs that are not declared have the type ONNX Runtime infers. */
export const graphOf = ({
  nodes,
  inputs = {},
  outputs,
  declared = {},
  initializers = {},
}: GraphParts): GraphProto =>
  create(GraphProtoSchema, {
    name: 'test',
    node: [...nodes],
    input: Object.entries(inputs).map(([name, type]) => valueInfo(name, type)),
    output: outputs.map((name) =>
      declared[name] === undefined ? create(ValueInfoProtoSchema, { name }) : valueInfo(name, declared[name]),
    ),
    initializer: Object.entries(initializers).map(([name, value]) => tensorProto(name, value)),
  });

/** A file as others write it, for tests. */
export function fileOf(
  parts: GraphParts & { opset?: number; domains?: Readonly<Record<string, number>> },
): Uint8Array {
  const { opset = 17, domains = {} } = parts;
  return toBinary(
    ModelProtoSchema,
    create(ModelProtoSchema, {
      irVersion: 8n,
      opsetImport: Object.entries({ '': opset, ...domains }).map(([domain, version]) =>
        create(OperatorSetIdProtoSchema, { domain, version: BigInt(version) }),
      ),
      graph: graphOf(parts),
    }),
  );
}
