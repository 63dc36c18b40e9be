import { conv, reshape, reshapeAs } from '../operators.ts';
import { dimAt, formatShape, sameShape, sizeOfShape, sumOfDims } from '../shape.ts';
import type { Dim, Op, Shape, Tensor } from '../tensor.ts';
import {
  type ConvAttributes,
  channelSums,
  crop,
  endsOf,
  inputGradient,
  kernelGradient,
  spatialOf,
} from './convolution-gradients.ts';
import { operator, requireSameType } from './operator.ts';
import { int64s } from './shape.ts';
import { extentOf, padsOf, type Window, windowCounts, windowInts, windowStrings } from './window.ts';

interface ConvTransposeAttributes extends ConvAttributes {
  outputPadding: readonly number[];
  outputShape?: readonly number[] | undefined;
}
type Inputs = readonly [x: Tensor, w: Tensor, b?: Tensor];

export const convolution = {
  Conv: operator<Inputs, ConvAttributes>({
    infer([x, w, b], attributes) {
      const { groups } = attributes;
      const [out, inner] = [dimAt(w.shape, 0), dimAt(w.shape, 1)];
      requireRanks(x, w);
      if (typeof out !== 'number' || typeof inner !== 'number' || out % groups !== 0)
        throw new Error(`${out} output channels do not fall into ${groups} groups`);
      if (typeof x.shape[1] === 'number' && x.shape[1] !== inner * groups)
        throw new Error(
          `w ${formatShape(w.shape)} in ${groups} groups needs ${inner * groups} input channels`,
        );
      requireBias(b, out);
      const shape = [dimAt(x.shape, 0), out, ...windowCounts(x.shape.slice(2), attributes)];
      return [{ dtype: requireSameType(x, w), shape }];
    },
    emit: ({ type, inputs, attributes }) => ({
      type,
      inputs,
      ints: { ...windowInts(attributes), group: attributes.groups },
      strings: windowStrings(attributes),
    }),
    grad(g, { inputs: [x, w, b], attributes }) {
      return [
        inputGradient(x, w, g, attributes),
        kernelGradient(x, g, attributes, attributes.groups),
        b && channelSums(g),
      ];
    },
  }),

  ConvTranspose: operator<Inputs, ConvTransposeAttributes>({
    infer([x, w, b], attributes) {
      const { groups, outputPadding, strides } = attributes;
      const [inner, perGroup] = [dimAt(w.shape, 0), dimAt(w.shape, 1)];
      requireRanks(x, w);
      if (typeof inner !== 'number' || typeof perGroup !== 'number' || inner % groups !== 0)
        throw new Error(`${inner} input channels do not fall into ${groups} groups`);
      if (typeof x.shape[1] === 'number' && x.shape[1] !== inner)
        throw new Error(`w ${formatShape(w.shape)} needs ${inner} input channels`);
      requireBias(b, perGroup * groups);
      const wrong = outputPadding.find((padding, axis) => padding < 0 || padding >= (strides[axis] ?? 0));
      if (wrong !== undefined) throw new Error(`output padding ${wrong} must be less than the stride`);
      const pads = transposePads(x.shape.slice(2), attributes);
      const spatial = x.shape.slice(2).map((dim, axis) => {
        const [before, after] = pads[axis] as readonly [number, number];
        const more = extentOf(attributes, axis) + (outputPadding[axis] ?? 0) - before - after;
        const stride = strides[axis] as number;
        if (typeof dim === 'number') return (dim - 1) * stride + more;
        return sumOfDims([stride === 1 ? dim : `${dim} * ${stride}`, more - stride]);
      });
      return [{ dtype: requireSameType(x, w), shape: [dimAt(x.shape, 0), perGroup * groups, ...spatial] }];
    },
    emit: ({ type, inputs, attributes }) => ({
      type,
      inputs,
      ints: {
        ...windowInts({ ...attributes, autoPad: undefined }),
        pads: endsOf(transposePads(inputs[0].shape.slice(2), attributes)),
        output_padding: attributes.outputPadding,
        group: attributes.groups,
      },
    }),
    grad(g, { inputs: [x, w, b], attributes }) {
      const { groups, kernel, strides, dilations } = attributes;
      const window = { kernel, strides, dilations, pads: endsOf(transposePads(spatialOf(x), attributes)) };
      return [
        crop(conv(g, w, undefined, { ...window, groups }), x.shape),
        kernelGradient(g, x, window, groups),
        b && channelSums(g),
      ];
    },
  }),

  /** The inverse of cutting windows out: columns [N, C * taps, windows], added up where they overlap. */
  Col2Im: operator<readonly [Tensor], Window & { image: readonly number[] }>({
    infer([columns], { image, ...window }) {
      // ONNX Runtime 1.30 adds up wrongly along one axis.
      if (image.length !== 2) throw new Error('images must have two axes');
      const [taps, windows] = [sizeOfShape(window.kernel), sizeOfShape(windowCounts(image, window))];
      const [N, rows, count] = columns.shape;
      if (columns.shape.length !== 3 || typeof rows !== 'number' || rows % taps !== 0 || count !== windows)
        throw new Error(`columns must be [N, C * ${taps}, ${windows}]`);
      return [{ dtype: columns.dtype, shape: [N as Dim, rows / taps, ...image] }];
    },
    emit: ({ type, inputs: [columns], attributes: { image, kernel, strides, dilations, pads } }) => ({
      type,
      inputs: [columns, int64s(image), int64s(kernel)],
      ints: { strides, dilations, pads },
    }),
    /** The windows cut out of g: convolution with a kernel for each tap. */
    grad(g, { inputs: [columns], attributes: { image, kernel, strides, dilations, pads } }) {
      const taps = sizeOfShape(kernel);
      const cut = new Float32Array(taps * taps);
      for (let tap = 0; tap < taps; tap++) cut[tap * (taps + 1)] = 1;
      const each = conv(
        reshape(g, [-1, 1, ...image]),
        g.graph.constant(cut, [taps, 1, ...kernel]),
        undefined,
        { strides, dilations, pads },
      );
      return [reshapeAs(each, columns)];
    },
  }),
} satisfies Record<string, Op>;

function requireRanks(x: Tensor, w: Tensor): void {
  if (x.shape.length < 3 || x.shape.length !== w.shape.length)
    throw new Error('x and w must have the same rank: two axes and the spatial ones');
}

function requireBias(b: Tensor | undefined, channels: number): void {
  if (b !== undefined && !sameShape(b.shape, [channels])) throw new Error(`the bias must be [${channels}]`);
}

/** The pads of a transposed convolution: given, or what the output's shape leaves. */
function transposePads(spatial: Shape, attributes: ConvTransposeAttributes) {
  const { autoPad, outputShape, outputPadding, strides } = attributes;
  if (outputShape === undefined && (autoPad === undefined || autoPad === 'VALID'))
    return padsOf(spatial, attributes);
  return spatial.map((dim, axis): readonly [number, number] => {
    const stride = strides[axis] as number;
    const wanted = outputShape?.[axis] ?? (typeof dim === 'number' ? dim * stride : undefined);
    if (typeof dim !== 'number' || wanted === undefined)
      throw new Error(`the pads of a transposed convolution need to know the length ${dim}`);
    const total = (dim - 1) * stride + (outputPadding[axis] ?? 0) + extentOf(attributes, axis) - wanted;
    if (total < 0) throw new Error(`an output of ${wanted} is longer than axis ${axis} reaches`);
    const less = Math.floor(total / 2);
    return autoPad === 'SAME_UPPER' ? [less, total - less] : [total - less, less];
  });
}
