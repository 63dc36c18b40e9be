import {
  type Graph,
  gradients,
  mul,
  openThreadedSession,
  reduceSum,
  type Tensor,
  type TensorData,
  toOnnx,
} from '@banyan/engine';
import { ExplainError } from './explain-error.ts';

/** A forward pass with its trained weights: input [N, ...] float32 to output [N] or [N, C]. */
export interface ForwardProgram {
  graph: Graph;
  input: Tensor;
  output: Tensor;
  parameters: ReadonlyMap<string, TensorData>;
}

/** An input to differentiate at, and the output to differentiate. */
export interface Point {
  /** [F] */
  x: Float32Array;
  output: number;
}

export interface GradientSession {
  /** The most points one call takes. */
  capacity: number;
  /** Of each point the chosen output, and its gradient in x: [points * F]. */
  evaluate(points: readonly Point[]): Promise<{ values: Float32Array; gradients: Float32Array }>;
  close(): Promise<void>;
}

/** Points, and numbers in all of them, in one run of a program with a free batch size: enough to fill the kernels, small enough for memory. */
const FREE_CAPACITY = 256;
const FREE_NUMBERS = 2 ** 19;

/**
 * A session that answers outputs and their gradients in the input, in a thread of its own. Each example's chosen output
 * is picked by a 0/1 mask: examples do not mix, so the gradient of the masked sum holds every example's own gradient.
 */
export async function openGradientSession(forward: ForwardProgram, threads = 1): Promise<GradientSession> {
  const { graph, input, output, parameters } = forward;
  const mask = graph.input(freshName(graph, 'explained_output'), 'float32', output.shape);
  const [gradient] = gradients(reduceSum(mul(output, mask)), [input]);
  if (gradient === undefined)
    throw new ExplainError('model', `${output.name} does not depend on ${input.name}`);
  const bytes = toOnnx(graph, {
    inputs: [input, mask],
    outputs: [output, gradient],
    initializers: new Map(parameters),
  });
  const session = await openThreadedSession(bytes, { threads });
  const [fixed] = input.shape;
  const size = exampleSize(input);
  const classes = exampleSize(output);
  return {
    capacity:
      typeof fixed === 'number'
        ? fixed
        : Math.max(1, Math.min(FREE_CAPACITY, Math.floor(FREE_NUMBERS / size))),
    async evaluate(points) {
      // A program of fixed batch size always takes that many; the rest stays zero and is thrown away.
      const count = typeof fixed === 'number' ? fixed : points.length;
      const x = new Float32Array(count * size);
      const chosen = new Float32Array(count * classes);
      for (const [index, point] of points.entries()) {
        x.set(point.x, index * size);
        chosen[index * classes + point.output] = 1;
      }
      const results = await session.run({
        [input.name]: { dtype: 'float32', shape: withBatch(input, count), data: x },
        [mask.name]: { dtype: 'float32', shape: withBatch(output, count), data: chosen },
      });
      const outputs = floats(results, output.name);
      return {
        values: Float32Array.from(
          points,
          (point, index) => outputs[index * classes + point.output] ?? Number.NaN,
        ),
        gradients: floats(results, gradient.name).subarray(0, points.length * size),
      };
    },
    close: async () => session.close(),
  };
}

/** Numbers in one example: the product of all dimensions after the batch. */
export const exampleSize = (tensor: Tensor): number =>
  tensor.shape.slice(1).reduce<number>((product, dim) => product * Number(dim), 1);

const withBatch = (tensor: Tensor, count: number): number[] => [count, ...tensor.shape.slice(1).map(Number)];

/** Explaining the same program again adds another mask to its graph. */
function freshName(graph: Graph, name: string): string {
  const count = graph.inputs.filter((input) => input.name.startsWith(name)).length;
  return count === 0 ? name : `${name}_${count}`;
}

function floats(results: Readonly<Record<string, TensorData>>, name: string): Float32Array {
  const data = results[name]?.data;
  if (!(data instanceof Float32Array)) throw new ExplainError('model', `the model's ${name} is not float32`);
  return data;
}
