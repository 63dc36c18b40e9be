import { create, toBinary } from '@bufbuild/protobuf';
import {
  GraphProtoSchema,
  ModelProtoSchema,
  NodeProtoSchema,
  OperatorSetIdProtoSchema,
  ValueInfoProtoSchema,
} from 'onnx-buf';
import { tensorData } from '../dtype.ts';
import { EngineError } from '../error.ts';
import { IR_VERSION } from '../onnx.ts';
import { tensorProto, valueInfo } from '../onnx-proto.ts';
import { openSession, type Session } from '../runtime/session.ts';
import { isStatic, sizeOfShape } from '../shape.ts';
import type { Dim, Shape, Tensor, TensorData, TensorType, Verbatim } from '../tensor.ts';
import { graphsOf, verbatimNode } from './verbatim.ts';

/** Larger constants do not decide a shape, and need not be copied to infer one. */
const MOST_SHAPE_ELEMENTS = 1024;

/** A node is tried on inputs up to this size. */
const MOST_TRIED_ELEMENTS = 2 ** 20;

/**
 * The types of a node's outputs as ONNX Runtime infers them when it opens a file of this node alone; it is
 * computed only where that tells nothing, and what the file declares is believed where that tells nothing either. The node `Shape` behind each output tells a scalar from a tensor of unknown rank.
 *
 * @throws EngineError 'runtime' where the runtime refuses the node, 'shape' for an output of unknown rank
 */
export async function inferTypes(
  verbatim: Omit<Verbatim, 'types'>,
  inputs: readonly { tensor: Tensor; data?: TensorData | undefined }[],
  opset: number,
  declared: readonly (Shape | undefined)[],
): Promise<TensorType[]> {
  const names = inputs.map((_, at) => `input ${at}`);
  const outputs = verbatim.outputs.filter(Boolean).map((_, at) => `output ${at}`);
  const graph = create(GraphProtoSchema, {
    name: 'one node',
    node: [
      verbatimNode('node', { ...verbatim, types: [] }, names, outputs),
      ...outputs.map((name) =>
        create(NodeProtoSchema, { opType: 'Shape', input: [name], output: [`shape of ${name}`] }),
      ),
    ],
    input: inputs.flatMap(({ tensor, data }, at) =>
      isKnown(data) ? [] : [valueInfo(names[at] as string, tensor)],
    ),
    initializer: inputs.flatMap(({ data }, at) =>
      isKnown(data) ? [tensorProto(names[at] as string, data)] : [],
    ),
    output: outputs
      .flatMap((name) => [name, `shape of ${name}`])
      .map((name) => create(ValueInfoProtoSchema, { name })),
  });
  const opsets = new Map([...verbatim.opsets, ['', BigInt(opset)]]);
  const model = create(ModelProtoSchema, {
    irVersion: IR_VERSION,
    graph,
    opsetImport: [...opsets].map(([domain, version]) =>
      create(OperatorSetIdProtoSchema, { domain, version }),
    ),
  });
  const session = await openSession(toBinary(ModelProtoSchema, model), {
    threads: 1,
    optimization: 'disabled',
  });
  try {
    const types = new Map(session.outputs.map(({ name, dtype, shape }) => [name, { dtype, shape }]));
    const ranks = outputs.map((name) => types.get(`shape of ${name}`)?.shape[0]);
    const tried = ranks.some((rank) => typeof rank !== 'number')
      ? await tryShapes(session, verbatim, inputs)
      : undefined;
    return outputs.map((name, index) => {
      const { dtype, shape } = types.get(name) as TensorType;
      const known = ranks[index] === shape.length ? shape : (tried?.[index] ?? declared[index]);
      if (known === undefined)
        throw new EngineError(
          'shape',
          `how many axes output ${index} has is known at run time only; fixed shapes of the model's inputs may tell`,
        );
      return {
        dtype,
        shape: known.map((dim, axis): Dim => (dim === '' ? `${verbatim.node}:${index}.${axis}` : dim)),
      };
    });
  } finally {
    await session.close();
  }
}

/** The shapes that the node gives for zeros, where it has fixed shapes and cannot loop: some operators infer nothing. */
async function tryShapes(
  session: Session,
  { attributes }: Omit<Verbatim, 'types'>,
  inputs: readonly { tensor: Tensor; data?: TensorData | undefined }[],
): Promise<readonly Shape[] | undefined> {
  if (!inputs.every(isFit) || attributes.some((attribute) => graphsOf(attribute).length > 0))
    return undefined;
  const feeds = inputs.flatMap(({ tensor, data }, at) => {
    if (isKnown(data)) return [];
    const shape = tensor.shape as readonly number[];
    const zeros = Array.from({ length: sizeOfShape(shape) }, () => 0);
    return [[`input ${at}`, tensorData(tensor.dtype, shape, zeros)] as const];
  });
  const results = await session.run(Object.fromEntries(feeds));
  return session.outputs.flatMap(({ name }) => {
    const shape = results[`shape of ${name}`]?.data;
    return shape === undefined ? [] : [Array.from<unknown, number>(shape, Number)];
  });
}

const isKnown = (data: TensorData | undefined): data is TensorData =>
  data !== undefined && data.data.length <= MOST_SHAPE_ELEMENTS;

const isFit = ({ tensor: { shape } }: { tensor: Tensor }): boolean =>
  isStatic(shape) && sizeOfShape(shape) > 0 && sizeOfShape(shape) <= MOST_TRIED_ELEMENTS;
