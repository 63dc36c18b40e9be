import { create, toBinary } from '@bufbuild/protobuf';
import {
  GraphProtoSchema,
  ModelProtoSchema,
  NodeProtoSchema,
  OperatorSetIdProtoSchema,
  ValueInfoProtoSchema,
} from 'onnx-buf';
import { EngineError } from '../error.ts';
import { IR_VERSION } from '../onnx.ts';
import { tensorProto, valueInfo } from '../onnx-proto.ts';
import { openSession } from '../runtime/session.ts';
import type { Dim, Tensor, TensorData, TensorType, Verbatim } from '../tensor.ts';
import { verbatimNode } from './verbatim.ts';

/** Larger constants do not decide a shape, and need not be copied to infer one. */
const MOST_SHAPE_ELEMENTS = 1024;

/**
 * The types of a node's outputs as ONNX Runtime infers them when it opens a file of this node alone; it computes
 * nothing. The node `Shape` behind each output tells a scalar from a tensor of unknown rank.
 *
 * @throws EngineError 'runtime' where the runtime refuses the node, 'shape' for an output of unknown rank
 */
export async function inferTypes(
  verbatim: Omit<Verbatim, 'types'>,
  inputs: readonly { tensor: Tensor; data?: TensorData | undefined }[],
  opset: number,
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
    return outputs.map((name, index) => {
      const { dtype, shape } = types.get(name) as TensorType;
      const rank = types.get(`shape of ${name}`)?.shape[0];
      if (rank !== shape.length)
        throw new EngineError('shape', `how many axes output ${index} has is known at run time only`);
      return {
        dtype,
        shape: shape.map((dim, axis): Dim => (dim === '' ? `${verbatim.node}:${index}.${axis}` : dim)),
      };
    });
  } finally {
    await session.close();
  }
}

const isKnown = (data: TensorData | undefined): data is TensorData =>
  data !== undefined && data.data.length <= MOST_SHAPE_ELEMENTS;
