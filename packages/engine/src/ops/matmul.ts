import { gemm, matmul, reshape, reshapeAs, transpose, transposeLast } from '../operators.ts';
import { broadcastShapes, dimAt, formatShape } from '../shape.ts';
import type { Dim, Op, Shape, Tensor } from '../tensor.ts';
import { asIs, operator, requireType, unbroadcast } from './operator.ts';

interface GemmAttributes {
  transA: boolean;
  transB: boolean;
}

export const products = {
  MatMul: operator<readonly [Tensor, Tensor]>({
    infer([a, b]) {
      requireType(a, 'float32');
      requireType(b, 'float32');
      if (a.shape.length < 2 || b.shape.length < 2) throw new Error('both must have two axes or more');
      requireInner(a.shape, b.shape, dimAt(a.shape, -1), dimAt(b.shape, -2));
      const batch = broadcastShapes(a.shape.slice(0, -2), b.shape.slice(0, -2));
      return [{ dtype: 'float32', shape: [...batch, dimAt(a.shape, -2), dimAt(b.shape, -1)] }];
    },
    emit: asIs,
    grad(g, { inputs: [a, b] }) {
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
   * Y = A' B' + C, where A' is A or its transpose: the four cases of dY keep every product a Gemm of its own. A weight
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
      return [{ dtype: 'float32', shape }];
    },
    emit: ({ type, inputs, attributes: { transA, transB } }) => ({
      type,
      inputs,
      ints: { transA: Number(transA), transB: Number(transB) },
    }),
    grad: (g, { inputs: [a, b, c], attributes: { transA, transB } }) => [
      transA
        ? gemm(b, g, undefined, { transA: transB, transB: true })
        : gemm(g, b, undefined, { transB: !transB }),
      transB
        ? gemm(g, a, undefined, { transA: true, transB: transA })
        : transA || a.node === undefined
          ? gemm(transA ? a : transpose(a), g)
          : gemm(a, g, undefined, { transA: true }),
      c && unbroadcast(g, c),
    ],
  }),
} satisfies Record<string, Op>;

function requireInner(a: Shape, b: Shape, k: Dim | undefined, kb: Dim | undefined): void {
  if (k !== kb) throw new Error(`${formatShape(a)} times ${formatShape(b)}: inner dimensions ${k} and ${kb}`);
}

/** All axes but the last as one. */
const flatten = (x: Tensor): Tensor => (x.shape.length === 2 ? x : reshape(x, [-1, dimAt(x.shape, -1)]));
