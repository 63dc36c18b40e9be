import { gemm, matmul, mul, reshape, reshapeAs, transpose, transposeLast, unsqueeze } from '../operators.ts';
import { broadcastShapes, dimAt, formatShape } from '../shape.ts';
import type { Dim, Op, Shape, Tensor } from '../tensor.ts';
import { asIs, operator, requireSameType, unbroadcast } from './operator.ts';

interface GemmAttributes {
  transA: boolean;
  transB: boolean;
  alpha: number;
  beta: number;
}

export const products = {
  MatMul: operator<readonly [Tensor, Tensor]>({
    infer([a, b]) {
      if (a.shape.length === 0 || b.shape.length === 0) throw new Error('both must have an axis');
      const [left, right] = [asRow(a.shape), asColumn(b.shape)];
      requireInner(a.shape, b.shape, dimAt(left, -1), dimAt(right, -2));
      const batch = broadcastShapes(left.slice(0, -2), right.slice(0, -2));
      const rows = a.shape.length === 1 ? [] : [dimAt(left, -2)];
      const columns = b.shape.length === 1 ? [] : [dimAt(right, -1)];
      return [{ dtype: requireSameType(a, b), shape: [...batch, ...rows, ...columns] }];
    },
    emit: asIs,
    grad(g, { inputs: [a, b] }) {
      if (a.shape.length === 1 || b.shape.length === 1) return vectorGradients(g, a, b);
      if (b.shape.length > 2)
        return [unbroadcast(matmul(g, transposeLast(b)), a), unbroadcast(matmul(transposeLast(a), g), b)];
      const [rows, cols] = [flatten(a), flatten(g)];
      return [
        reshapeAs(gemm(cols, b, undefined, { transB: true }), a),
        gemm(rows, cols, undefined, { transA: true }),
      ];
    },
  }),

  /**
   * Y = alpha A' B' + beta C, where A' is A or its transpose: the four cases of dY keep every product a Gemm of its own. A weight
   * that stands first is transposed by itself, once for all its products: the kernel would do it at each of them.
   */
  Gemm: operator<readonly [Tensor, Tensor, Tensor?], GemmAttributes>({
    infer([a, b, c], { transA, transB }) {
      if (a.shape.length !== 2 || b.shape.length !== 2) throw new Error('both factors must be matrices');
      const [m, k] = transA ? a.shape.toReversed() : a.shape;
      const [kb, n] = transB ? b.shape.toReversed() : b.shape;
      requireInner(a.shape, b.shape, k, kb);
      const shape = [m, n] as Shape;
      if (c !== undefined && broadcastShapes(c.shape, shape).join() !== shape.join())
        throw new Error(`${formatShape(c.shape)} does not broadcast to ${formatShape(shape)}`);
      return [{ dtype: requireSameType(a, b), shape }];
    },
    emit: ({ type, inputs, attributes: { transA, transB, alpha, beta } }) => ({
      type,
      inputs,
      ints: { transA: Number(transA), transB: Number(transB) },
      floats: { ...(alpha !== 1 && { alpha }), ...(beta !== 1 && { beta }) },
    }),
    grad(dy, { inputs: [a, b, c], attributes: { transA, transB, alpha, beta } }) {
      const g = scaled(dy, alpha);
      return [
        transA
          ? gemm(b, g, undefined, { transA: transB, transB: true })
          : gemm(g, b, undefined, { transB: !transB }),
        transB
          ? gemm(g, a, undefined, { transA: true, transB: transA })
          : transA || a.node === undefined
            ? gemm(transA ? a : transpose(a), g)
            : gemm(a, g, undefined, { transA: true }),
        c && scaled(unbroadcast(dy, c), beta),
      ];
    },
  }),
} satisfies Record<string, Op>;

function requireInner(a: Shape, b: Shape, k: Dim | undefined, kb: Dim | undefined): void {
  if (k !== kb) throw new Error(`${formatShape(a)} times ${formatShape(b)}: inner dimensions ${k} and ${kb}`);
}

const scaled = (x: Tensor, factor: number): Tensor => (factor === 1 ? x : mul(x, factor));

const asRow = (shape: Shape): Shape => (shape.length === 1 ? [1, ...shape] : shape);
const asColumn = (shape: Shape): Shape => (shape.length === 1 ? [...shape, 1] : shape);

/** A vector's gradient is that of the row or the column it stands for. */
function vectorGradients(g: Tensor, a: Tensor, b: Tensor): readonly [Tensor, Tensor] {
  const [row, column] = [a.shape.length === 1, b.shape.length === 1];
  const wide = column ? unsqueeze(g, -1) : g;
  const whole = row ? unsqueeze(wide, wide.shape.length - 1) : wide;
  const [left, right] = [row ? unsqueeze(a, 0) : a, column ? unsqueeze(b, 1) : b];
  const da = unbroadcast(matmul(whole, transposeLast(right)), left);
  const db = unbroadcast(matmul(transposeLast(left), whole), right);
  return [reshapeAs(da, a), reshapeAs(db, b)];
}

/** All axes but the last as one. */
const flatten = (x: Tensor): Tensor => (x.shape.length === 2 ? x : reshape(x, [-1, dimAt(x.shape, -1)]));
