import { createGraph } from '../../create-graph.ts';
import { EngineError } from '../../error.ts';
import { toOnnx } from '../../onnx.ts';
import { add, div, gemm, maximum, mul, reduceSum, sqrt } from '../../operators.ts';
import { openSession, type SessionOptions } from '../../runtime/session.ts';
import { sizeOfShape } from '../../shape.ts';
import type { Graph, Parameter, Tensor, TensorData } from '../../tensor.ts';

/** The coefficients of the quintic that Jordan tuned: it drives every singular value near 1 in five steps. */
const [A, B, C] = [3.4445, -4.775, 2.0315];
const STEPS = 5;
/** The least norm divided by. */
const LEAST = 1e-7;

/**
 * U V' for G = U S V' [rows, columns], about: Newton and Schulz's iteration X = a X + b (X X') X + c (X X')^2 X from
 * G / |G|, all in the smaller of the two Gram matrices (Jordan et al., 2024, "Muon"). The result is scaled by
 * 0.2 sqrt(max(rows, columns)), the root mean square of an AdamW update, so that both want the same learning rate and
 * decay (Liu et al., 2025, "Muon is scalable for LLM training", equation 4).
 */
function orthogonal(g: Tensor, [rows, columns]: Matrix, diagonal: Diagonal): Tensor {
  const wide = rows <= columns;
  const size = Math.min(rows, columns);
  const [first, second] = [diagonal(size, A), diagonal(size, B)];
  let x = div(g, maximum(sqrt(reduceSum(mul(g, g))), LEAST));
  for (let step = 1; step <= STEPS; step++) {
    const gram = gemm(x, x, undefined, wide ? { transB: true } : { transA: true });
    let polynomial = gemm(gram, add(mul(gram, C), second), first);
    if (step === STEPS) polynomial = mul(polynomial, 0.2 * Math.sqrt(Math.max(rows, columns)));
    x = wide ? gemm(polynomial, x) : gemm(x, polynomial);
  }
  return x;
}

type Matrix = readonly [rows: number, columns: number];
/** A value along the diagonal of a square, the same tensor every time. */
type Diagonal = (size: number, value: number) => Tensor;

function diagonalsOf(graph: Graph): Diagonal {
  const known = new Map<string, Tensor>();
  return (size, value) => {
    const key = `${size} ${value}`;
    const before = known.get(key);
    if (before !== undefined) return before;
    const square = new Float32Array(size * size);
    for (let i = 0; i < square.length; i += size + 1) square[i] = value;
    const tensor = graph.constant(square, [size, size]);
    known.set(key, tensor);
    return tensor;
  };
}

/** A parameter as a matrix: a convolution's kernels [out, in, height, width] are rows. */
const matrixShape = ([rows = 1, ...rest]: readonly number[]): Matrix => [rows, sizeOfShape(rest)];

/** The view of a parameter, shaped as a matrix. */
function asMatrix(views: ReadonlyMap<string, TensorData>, { name, shape }: Parameter): TensorData {
  const view = views.get(name);
  if (view === undefined) throw new EngineError('format', `there is no view of ${name}`, { node: name });
  return { ...view, shape: matrixShape(shape) };
}

const outputName = ({ name }: Parameter): string => `orthogonal/${name}`;

/**
 * A session that reads the gradients of these parameters and writes their orthogonal matrices.
 *
 * @param from, into views by parameter name
 */
export async function openOrthogonaliser(
  parameters: readonly Parameter[],
  from: ReadonlyMap<string, TensorData>,
  into: ReadonlyMap<string, TensorData>,
  options: SessionOptions,
): Promise<{ run(): Promise<void>; close(): Promise<void> }> {
  const graph = createGraph();
  const diagonal = diagonalsOf(graph);
  const outputs = Object.fromEntries(
    parameters.map((parameter) => {
      const matrix = matrixShape(parameter.shape);
      const g = graph.input(parameter.name, 'float32', matrix);
      return [outputName(parameter), orthogonal(g, matrix, diagonal)];
    }),
  );
  const feeds = Object.fromEntries(
    parameters.map((parameter) => [parameter.name, asMatrix(from, parameter)]),
  );
  const fetches = Object.fromEntries(
    parameters.map((parameter) => [outputName(parameter), asMatrix(into, parameter)]),
  );
  const session = await openSession(toOnnx(graph, { inputs: graph.inputs, outputs }), options);
  return {
    run: async () => void (await session.run(feeds, fetches)),
    close: () => session.close(),
  };
}
