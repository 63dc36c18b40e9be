import { EngineError } from '../error.ts';
import { toOnnx } from '../onnx.ts';
import { openSession } from '../runtime/session.ts';
import { formatShape, isStatic, sizeOfShape } from '../shape.ts';
import type { Graph, Tensor, TensorData } from '../tensor.ts';

/** What is computed while reading are shapes, axes and masks; anything larger stays in the graph. */
const MOST_KNOWN_ELEMENTS = 2 ** 20;

/** Whether a tensor is small enough to be computed while reading. */
export const isSmall = ({ shape }: Tensor): boolean =>
  isStatic(shape) && sizeOfShape(shape) <= MOST_KNOWN_ELEMENTS;

/**
 * The numbers of tensors that need no input, computed in one run without any rewriting of the graph.
 *
 * @throws EngineError 'runtime' where the runtime cannot, as for a division by zero
 */
export async function evaluate(
  graph: Graph,
  tensors: readonly Tensor[],
  initializers: ReadonlyMap<string, TensorData>,
): Promise<TensorData[]> {
  const outputs = [...new Set(tensors)];
  const session = await openSession(toOnnx(graph, { inputs: [], outputs, initializers }), {
    threads: 1,
    optimization: 'disabled',
  });
  try {
    const results = await session.run({});
    return tensors.map((tensor) => {
      const result = results[tensor.name];
      if (result !== undefined && formatShape(result.shape) === formatShape(tensor.shape)) return result;
      throw new EngineError(
        'shape',
        `${tensor.name} is not ${formatShape(tensor.shape)} when it is computed`,
      );
    });
  } finally {
    await session.close();
  }
}
