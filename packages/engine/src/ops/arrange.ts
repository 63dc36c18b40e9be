import { dtypes } from '../dtype.ts';
import { reduceSum, reshape, reshapeAs, transpose, trilu } from '../operators.ts';
import { formatShape, isStatic, productOfDims } from '../shape.ts';
import type { DType, Op, Shape, Tensor } from '../tensor.ts';
import { throughComposition } from './composite.ts';
import { operator } from './operator.ts';
import { int64s } from './shape.ts';

interface Blocks {
  block: number;
  mode?: 'DCR' | 'CRD';
}

function requireImage({ shape }: Tensor): readonly [N: number, C: number, H: number, W: number] {
  if (shape.length !== 4 || !isStatic(shape))
    throw new Error(`${formatShape(shape)} must be four known numbers`);
  // Four of them, as was just checked.
  return shape as unknown as readonly [number, number, number, number];
}

export const arrange = {
  Tile: operator<readonly [Tensor], { repeats: readonly number[] }>({
    infer([x], { repeats }) {
      if (repeats.length !== x.shape.length)
        throw new Error(`${x.shape.length} repeats are needed, one an axis`);
      return [
        { dtype: x.dtype, shape: x.shape.map((dim, axis) => productOfDims([dim, repeats[axis] ?? 1])) },
      ];
    },
    emit: ({ type, inputs: [x], attributes: { repeats } }) => ({ type, inputs: [x, int64s(repeats)] }),
    grad(g, { inputs: [x], attributes: { repeats } }) {
      const apart = x.shape.flatMap((dim, axis) => [repeats[axis] ?? 1, dim]);
      return [
        reduceSum(
          reshape(g, apart),
          x.shape.map((_, axis) => 2 * axis),
        ),
      ];
    },
  }),

  Flatten: operator<readonly [Tensor], { axis: number }>({
    infer: ([x], { axis }) => [
      { dtype: x.dtype, shape: [productOfDims(x.shape.slice(0, axis)), productOfDims(x.shape.slice(axis))] },
    ],
    emit: ({ type, inputs, attributes: { axis } }) => ({ type, inputs, ints: { axis } }),
    grad: (g, { inputs: [x] }) => [reshapeAs(g, x)],
  }),

  Trilu: operator<readonly [Tensor], { upper: boolean; k: number }>({
    infer: ([x]) => [{ dtype: x.dtype, shape: x.shape }],
    emit: ({ type, inputs: [x], attributes: { upper, k } }) => ({
      type,
      inputs: [x, { dtype: 'int64', shape: [], data: BigInt64Array.of(BigInt(k)) }],
      ints: { upper: Number(upper) },
    }),
    grad: (g, { attributes }) => [trilu(g, attributes)],
  }),

  EyeLike: operator<readonly [Tensor], { k: number; dtype: DType }>({
    infer: ([x], { dtype }) => [{ dtype, shape: x.shape }],
    emit: ({ type, inputs, attributes: { k, dtype } }) => ({
      type,
      inputs,
      ints: { k, dtype: dtypes[dtype].onnx },
    }),
    grad: null,
  }),

  DepthToSpace: operator<readonly [Tensor], Required<Blocks>>({
    infer([x], { block }) {
      const [N, C, H, W] = requireImage(x);
      if (C % block ** 2 !== 0) throw new Error(`${C} channels do not make blocks of ${block}`);
      return [{ dtype: x.dtype, shape: [N, C / block ** 2, H * block, W * block] }];
    },
    emit: ({ type, inputs, attributes: { block, mode } }) => ({
      type,
      inputs,
      ints: { blocksize: block },
      strings: { mode },
    }),
    grad: throughComposition(([x], { block, mode }) => {
      const [N, C, H, W] = requireImage(x);
      const inner = C / block ** 2;
      const apart: Shape = mode === 'DCR' ? [N, block, block, inner, H, W] : [N, inner, block, block, H, W];
      const together = mode === 'DCR' ? [0, 3, 4, 1, 5, 2] : [0, 1, 4, 2, 5, 3];
      return [reshape(transpose(reshape(x, apart), together), [N, inner, H * block, W * block])];
    }),
  }),

  SpaceToDepth: operator<readonly [Tensor], Blocks>({
    infer([x], { block }) {
      const [N, C, H, W] = requireImage(x);
      if (H % block !== 0 || W % block !== 0)
        throw new Error(`${H} x ${W} pixels do not fall into blocks of ${block}`);
      return [{ dtype: x.dtype, shape: [N, C * block ** 2, H / block, W / block] }];
    },
    emit: ({ type, inputs, attributes: { block } }) => ({ type, inputs, ints: { blocksize: block } }),
    grad: throughComposition(([x], { block }) => {
      const [N, C, H, W] = requireImage(x);
      const apart = reshape(x, [N, C, H / block, block, W / block, block]);
      return [reshape(transpose(apart, [0, 3, 5, 1, 2, 4]), [N, C * block ** 2, H / block, W / block])];
    }),
  }),
} satisfies Record<string, Op>;
