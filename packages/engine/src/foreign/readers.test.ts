import { expect, test } from 'vitest';
import { tensorData } from '../dtype.ts';
import { toOnnx } from '../onnx.ts';
import { createRandom } from '../random.ts';
import { type Feeds, openSession } from '../runtime/session.ts';
import { sizeOfShape } from '../shape.ts';
import type { OnnxCall, TensorData } from '../tensor.ts';
import { fileOf, nodeOf } from './file.ts';
import { readOnnx } from './read-onnx.ts';

const random = createRandom('readers');
const floats = (...shape: number[]): TensorData =>
  tensorData(
    'float32',
    shape,
    Array.from({ length: sizeOfShape(shape) }, () => 4 * random.uniform() - 2),
  );
const ints = (...values: number[]) => tensorData('int64', [values.length], values);
const scalar = (value: number) => tensorData('float32', [], [value]);
const bools = (...values: number[]) => tensorData('bool', [values.length], values);

interface Case {
  type: string;
  /** The opsets in which the node is written like this. */
  opsets: readonly number[];
  /** Fed at the run, under the names x0, x1, ... */
  fed?: readonly TensorData[];
  /** Kept in the file, under the names c0, c1, ... */
  kept?: readonly TensorData[];
  /** The node's inputs by these names; all of them in order unless given. */
  inputs?: readonly string[];
  outputs?: number;
  attributes?: Pick<OnnxCall, 'ints' | 'floats' | 'strings' | 'domain'> & {
    tensors?: Record<string, TensorData>;
  };
  /** Kept as it stands, since none of our operators does quite this. */
  opaque?: boolean;
}

const of = (type: string, opsets: readonly number[], rest: Omit<Case, 'type' | 'opsets'> = {}): Case => ({
  type,
  opsets,
  fed: [floats(2, 3, 4)],
  ...rest,
});

const image = floats(1, 4, 6, 5);
const window = { ints: { kernel_shape: [3, 2], strides: [2, 1], pads: [1, 0, 1, 1] } };
const positive = { ...floats(2, 3), data: (floats(2, 3).data as Float32Array).map((x) => Math.abs(x) + 0.1) };

const cases: readonly Case[] = [
  // Attributes that became inputs.
  of('Squeeze', [7, 11], { fed: [floats(2, 1, 3, 1)], attributes: { ints: { axes: [1, -1] } } }),
  of('Squeeze', [13, 21], { fed: [floats(2, 1, 3, 1)], kept: [ints(1, 3)] }),
  of('Squeeze', [7, 13], { fed: [floats(2, 1, 3, 1)] }),
  of('Unsqueeze', [7, 11], { attributes: { ints: { axes: [0, 4] } } }),
  of('Unsqueeze', [13, 23], { kept: [ints(0, -1)] }),
  of('Slice', [7, 9], { attributes: { ints: { starts: [1, -3], ends: [2 ** 31, 4], axes: [1, 2] } } }),
  of('Slice', [7], { attributes: { ints: { starts: [0, 1], ends: [1, 9] } } }),
  of('Slice', [10, 13], { kept: [ints(-1, 0), ints(-9, 4), ints(2, 1), ints(-2, 1)] }),
  of('Split', [7, 11], { outputs: 2, attributes: { ints: { axis: 2, split: [1, 3] } } }),
  of('Split', [13, 18], { outputs: 2, kept: [ints(1, 3)], attributes: { ints: { axis: -1 } } }),
  of('Split', [11, 13], { outputs: 2, attributes: { ints: { axis: 2 } } }),
  of('Split', [18], { outputs: 3, fed: [floats(2, 7)], attributes: { ints: { axis: 1, num_outputs: 3 } } }),
  of('Pad', [7, 10], { attributes: { ints: { pads: [0, 1, 0, 0, 0, 2] }, floats: { value: 0.5 } } }),
  of('Pad', [11, 18], { kept: [ints(0, 1, 0, 0, 0, 2), scalar(0.5)] }),
  of('Pad', [11, 18], { kept: [ints(0, 1, 2, 0, 1, 1)], attributes: { strings: { mode: 'reflect' } } }),
  of('Pad', [18], {
    kept: [ints(1, 2), ints(2)],
    inputs: ['x0', 'c0', '', 'c1'],
    attributes: { strings: { mode: 'edge' } },
  }),
  of('Clip', [7, 10], { attributes: { floats: { min: -0.5, max: 1 } } }),
  of('Clip', [11, 13], { kept: [scalar(-0.5), scalar(1)] }),
  of('Clip', [13], { kept: [scalar(1)], inputs: ['x0', '', 'c0'] }),
  of('Dropout', [7, 10], { attributes: { floats: { ratio: 0.3 } } }),
  of('Dropout', [12, 13], { kept: [scalar(0.3)] }),
  of('ReduceSum', [7, 11], { attributes: { ints: { axes: [-1], keepdims: 0 } } }),
  of('ReduceSum', [13, 18], { kept: [ints(0, 2)] }),
  of('ReduceSum', [13], { attributes: { ints: { noop_with_empty_axes: 1 } } }),
  ...[
    'ReduceMean',
    'ReduceMax',
    'ReduceMin',
    'ReduceProd',
    'ReduceL1',
    'ReduceL2',
    'ReduceSumSquare',
    'ReduceLogSumExp',
  ].flatMap((type) => [
    of(type, [7, 17], { attributes: { ints: { axes: [1], keepdims: 0 } } }),
    of(type, [18, 20], { kept: [ints(1, 2)] }),
    of(type, [11, 18]),
  ]),
  of('ReduceLogSum', [13], { fed: [positive], attributes: { ints: { axes: [1] } } }),
  of('Upsample', [7], {
    fed: [image],
    attributes: { floats: { scales: [1, 1, 2, 3] }, strings: { mode: 'nearest' } },
  }),
  of('Upsample', [9], {
    fed: [image],
    kept: [tensorData('float32', [4], [1, 1, 2, 2])],
    attributes: { strings: { mode: 'linear' } },
  }),
  of('Resize', [10], { fed: [image], kept: [tensorData('float32', [4], [1, 1, 2, 2])] }),
  of('Resize', [11, 13, 19], {
    fed: [image],
    kept: [tensorData('float32', [0], []), tensorData('float32', [4], [1, 1, 1.5, 2])],
  }),
  of('Resize', [13, 18], {
    fed: [image],
    kept: [ints(1, 4, 9, 3)],
    inputs: ['x0', '', '', 'c0'],
    attributes: { strings: { mode: 'linear', coordinate_transformation_mode: 'align_corners' } },
  }),
  of('TopK', [9], { outputs: 2, attributes: { ints: { k: 2 } } }),
  of('TopK', [10, 11, 20], { outputs: 2, kept: [ints(2)], attributes: { ints: { axis: 1 } } }),
  // Defaults and meanings that changed.
  of('Softmax', [7, 12]),
  of('Softmax', [13, 20]),
  of('Softmax', [11], { attributes: { ints: { axis: 2 } } }),
  of('LogSoftmax', [11, 13], { attributes: { ints: { axis: 1 } } }),
  of('Flatten', [9, 13, 21], { attributes: { ints: { axis: 2 } } }),
  of('BatchNormalization', [9, 14, 15], {
    fed: [image],
    kept: [floats(4), floats(4), floats(4), { ...floats(4), data: Float32Array.of(1, 2, 0.5, 3) }],
  }),
  of('AveragePool', [7, 11, 18, 19, 22], { fed: [image], attributes: window }),
  of('AveragePool', [7, 19], {
    fed: [image],
    attributes: { ints: { ...window.ints, count_include_pad: 1 } },
  }),
  of('AveragePool', [19], { fed: [image], attributes: { ints: { ...window.ints, dilations: [2, 1] } } }),
  of('MaxPool', [7, 8, 12, 22], { fed: [image], attributes: window }),
  of('MaxPool', [8, 12], {
    fed: [image],
    outputs: 2,
    attributes: { ints: { ...window.ints }, strings: { auto_pad: 'NOTSET' } },
  }),
  of('GlobalAveragePool', [7, 22], { fed: [image] }),
  of('GlobalMaxPool', [7, 22], { fed: [image] }),
  of('Conv', [7, 11, 22], {
    fed: [image],
    kept: [floats(6, 2, 3, 2), floats(6)],
    attributes: { ints: { ...window.ints, group: 2 } },
  }),
  of('Conv', [11], {
    fed: [image],
    kept: [floats(2, 4, 3, 3)],
    attributes: { strings: { auto_pad: 'SAME_UPPER' }, ints: { strides: [2, 2] } },
  }),
  of('ConvTranspose', [7, 11], {
    fed: [image],
    kept: [floats(4, 2, 3, 3), floats(2)],
    attributes: { ints: { strides: [2, 2], output_padding: [1, 0] } },
  }),
  of('Gemm', [7, 9, 13], {
    fed: [floats(3, 2)],
    kept: [floats(3, 4), floats(4)],
    attributes: { ints: { transA: 1 }, floats: { alpha: 0.5, beta: 2 } },
  }),
  of('Gemm', [11, 13], { fed: [floats(2, 3)], kept: [floats(4, 3)], attributes: { ints: { transB: 1 } } }),
  of('MatMul', [9, 13], { kept: [floats(4, 5)] }),
  of('MatMul', [13], { fed: [floats(4)], kept: [floats(4, 5)] }),
  of('LayerNormalization', [17], { kept: [floats(4), floats(4)], attributes: { floats: { epsilon: 1e-3 } } }),
  of('InstanceNormalization', [7, 22], { fed: [image], kept: [floats(4), floats(4)] }),
  of('LpNormalization', [7, 22], { attributes: { ints: { axis: 1, p: 1 } } }),
  ...[
    'Abs',
    'Neg',
    'Exp',
    'Floor',
    'Ceil',
    'Sigmoid',
    'Tanh',
    'Relu',
    'Softplus',
    'Softsign',
    'Sign',
    'Sin',
    'Cos',
    'Erf',
    'Identity',
    'Reciprocal',
  ].map((type) => of(type, [9, 13])),
  ...['Elu', 'LeakyRelu', 'Selu', 'HardSigmoid'].flatMap((type) => [
    of(type, [7, 22]),
    of(type, [7], { attributes: { floats: { alpha: 0.7 } } }),
  ]),
  of('HardSwish', [14, 22]),
  of('Celu', [12], { attributes: { floats: { alpha: 0.7 } } }),
  of('ThresholdedRelu', [10]),
  of('PRelu', [7, 16], { kept: [floats(4)] }),
  of('Gelu', [20], { attributes: { strings: { approximate: 'tanh' } } }),
  of('Gelu', [20]),
  of('Mish', [18, 22]),
  ...['Add', 'Sub', 'Mul', 'Div', 'PRelu'].map((type) =>
    of(type, [7, 14], { fed: [floats(2, 3, 4)], kept: [floats(3, 1)] }),
  ),
  ...['Max', 'Min', 'Sum', 'Mean'].map((type) =>
    of(type, [8, 13], { fed: [floats(2, 3), floats(2, 3), floats(3)] }),
  ),
  of('Pow', [7, 15], { fed: [positive], kept: [scalar(1.7)] }),
  of('Pow', [12, 15], { kept: [tensorData('int64', [], [2])] }),
  of('Pow', [15], { kept: [tensorData('int32', [], [5])], opaque: true }),
  of('Mod', [10, 13], { kept: [floats(4)], attributes: { ints: { fmod: 1 } } }),
  of('Mod', [10, 13], { fed: [ints(-7, 7, 5)], kept: [ints(3, -3, 2)] }),
  of('Mod', [10], {
    fed: [ints(-7, 7, 5)],
    kept: [ints(3, -3, 2)],
    attributes: { ints: { fmod: 1 } },
    opaque: true,
  }),
  of('CumSum', [11, 14], { kept: [tensorData('int64', [], [1])], attributes: { ints: { exclusive: 1 } } }),
  of('Cast', [7, 13, 19], { attributes: { ints: { to: 7 } } }),
  of('Cast', [9, 13], { attributes: { ints: { to: 11 } } }),
  of('Cast', [13], { attributes: { ints: { to: 10 } } }),
  of('IsNaN', [9, 20]),
  of('IsInf', [10, 20], {
    fed: [tensorData('float32', [3], [Infinity, -Infinity, 1])],
    attributes: { ints: { detect_negative: 0 } },
  }),
  of('Where', [9, 16], { fed: [bools(1, 0, 1, 0), floats(3, 4), floats(4)] }),
  of('Not', [7], { fed: [bools(1, 0)] }),
  of('Xor', [7], { fed: [bools(1, 0, 1, 0), bools(1, 1, 0, 0)] }),
  ...['Equal', 'Greater', 'Less'].map((type) => of(type, [9, 13], { fed: [ints(1, 2, 3), ints(3, 2, 1)] })),
  ...['GreaterOrEqual', 'LessOrEqual'].map((type) => of(type, [12, 16], { fed: [floats(5), floats(5)] })),
  of('Equal', [19], { fed: [tensorData('string', [2], ['a', 'b']), tensorData('string', [2], ['a', 'c'])] }),
  of('BitShift', [11], {
    fed: [tensorData('uint32', [2], [9, 5]), tensorData('uint32', [2], [1, 2])],
    attributes: { strings: { direction: 'RIGHT' } },
  }),
  // Shapes and indices.
  of('Reshape', [7, 14, 19], { kept: [ints(0, -1)] }),
  of('Reshape', [14], { kept: [ints(4, 6)], attributes: { ints: { allowzero: 1 } } }),
  of('Transpose', [7, 21], { attributes: { ints: { perm: [2, 0, 1] } } }),
  of('Transpose', [13]),
  of('Concat', [7, 13], { fed: [floats(2, 3), floats(2, 1)], attributes: { ints: { axis: -1 } } }),
  of('Expand', [8, 13], { fed: [floats(3, 1)], kept: [ints(2, 1, 4)] }),
  of('Tile', [7, 13], { kept: [ints(1, 2, 3)] }),
  of('Shape', [7, 13]),
  of('Shape', [15], { attributes: { ints: { start: -2 } } }),
  of('Size', [13]),
  of('Range', [11], { fed: [], kept: [scalar(1), scalar(4), scalar(0.7)] }),
  of('ConstantOfShape', [9, 20], {
    fed: [],
    kept: [ints(2, 3)],
    attributes: { tensors: { value: tensorData('int64', [1], [7]) } },
  }),
  of('Gather', [7, 11, 13], { kept: [ints(1, -1)], attributes: { ints: { axis: 1 } } }),
  of('GatherElements', [11, 13], {
    fed: [floats(2, 3)],
    kept: [tensorData('int64', [2, 1], [2, 0])],
    attributes: { ints: { axis: 1 } },
  }),
  of('GatherND', [12, 13], { kept: [tensorData('int64', [2, 2], [0, 1, 1, 2])] }),
  of('ScatterElements', [11, 16], {
    fed: [floats(3, 3), floats(1, 3)],
    kept: [tensorData('int64', [1, 3], [0, 2, 1])],
    inputs: ['x0', 'c0', 'x1'],
  }),
  of('Scatter', [9, 10], {
    fed: [floats(3, 3), floats(1, 3)],
    kept: [tensorData('int64', [1, 3], [0, 2, 1])],
    inputs: ['x0', 'c0', 'x1'],
  }),
  of('ScatterND', [11, 16], {
    fed: [floats(4), floats(2)],
    kept: [tensorData('int64', [2, 1], [3, 0])],
    inputs: ['x0', 'c0', 'x1'],
  }),
  of('OneHot', [9, 11], {
    fed: [ints(0, 2, 1)],
    kept: [ints(3), tensorData('float32', [2], [-1, 5])],
    attributes: { ints: { axis: 0 } },
  }),
  of('NonZero', [9, 13], { fed: [bools(1, 0, 1)] }),
  of('Trilu', [14], { kept: [tensorData('int64', [], [1])], attributes: { ints: { upper: 0 } } }),
  of('EyeLike', [9], { fed: [floats(3, 4)], attributes: { ints: { k: 1 } } }),
  of('DepthToSpace', [7, 11, 13], { fed: [image], attributes: { ints: { blocksize: 2 } } }),
  of('SpaceToDepth', [7, 13], { fed: [floats(1, 2, 4, 6)], attributes: { ints: { blocksize: 2 } } }),
  of('ArgMax', [7, 11, 13], { attributes: { ints: { axis: 1, keepdims: 0 } } }),
  of('ArgMin', [12, 13], { attributes: { ints: { select_last_index: 1 } } }),
  of('Einsum', [12], {
    fed: [floats(2, 3), floats(3, 4)],
    attributes: { strings: { equation: 'ij, jk -> ik' } },
  }),
  // Recurrent.
  ...[
    ['RNN', 1],
    ['GRU', 3],
    ['LSTM', 4],
  ].map(([type, gates]) =>
    of(String(type), [7, 14, 22], {
      fed: [floats(5, 2, 3)],
      kept: [floats(2, Number(gates) * 4, 3), floats(2, Number(gates) * 4, 4), floats(2, Number(gates) * 8)],
      outputs: 2,
      attributes: { ints: { hidden_size: 4 }, strings: { direction: 'bidirectional' } },
    }),
  ),
  of('LSTM', [14], {
    fed: [floats(5, 1, 3), floats(1, 1, 4), floats(1, 1, 4)],
    kept: [floats(1, 16, 3), floats(1, 16, 4)],
    inputs: ['x0', 'c0', 'c1', '', '', 'x1', 'x2'],
    outputs: 3,
    attributes: { ints: { hidden_size: 4 } },
  }),
  // As they stand.
  of('Hardmax', [13], { opaque: true }),
  of('Sqrt', [13], { fed: [tensorData('float64', [2], [2, 3])] }),
  of('Det', [11], { fed: [floats(3, 3)], opaque: true }),
  of('QuickGelu', [20], { attributes: { domain: 'com.microsoft' }, opaque: true }),
  of('Normalizer', [13], {
    fed: [floats(2, 3)],
    attributes: { domain: 'ai.onnx.ml', strings: { norm: 'L2' } },
    opaque: true,
  }),
  of('StringSplit', [20], { fed: [tensorData('string', [2], ['a b', 'c'])], outputs: 2, opaque: true }),
];

const DOMAINS = { 'com.microsoft': 1, 'ai.onnx.ml': 3 };

async function run(bytes: Uint8Array, feeds: Feeds): Promise<Record<string, TensorData>> {
  const session = await openSession(bytes, { threads: 1, optimization: 'disabled' });
  const results = await session.run(feeds);
  await session.close();
  return results;
}

const forms = cases.flatMap((one, index) =>
  one.opsets.map((opset) => [one.type, opset, index, one] as const),
);

test.each(forms)(
  '%s of opset %i, case %i, computes the same to the last bit',
  async (type, opset, _, one) => {
    const { fed = [], kept = [], outputs = 1, attributes = {}, opaque = false } = one;
    const names = [...fed.map((_, at) => `x${at}`), ...kept.map((_, at) => `c${at}`)];
    const feeds = Object.fromEntries(fed.map((value, at) => [`x${at}`, value]));
    const results = Array.from({ length: outputs }, (_, at) => `y${at}`);
    const bytes = fileOf({
      opset,
      domains: DOMAINS,
      inputs: feeds,
      initializers: Object.fromEntries(kept.map((value, at) => [`c${at}`, value])),
      nodes: [nodeOf(type, one.inputs ?? names, results, { name: 'the node', ...attributes })],
      outputs: results,
    });
    const { graph, inputs, outputs: values, parameters, opaque: kepts } = await readOnnx(bytes);
    const written = toOnnx(graph, { inputs, outputs: values, initializers: parameters });
    expect(await run(written, feeds)).toEqual(await run(bytes, feeds));
    expect(kepts.map(({ operator }) => operator)).toEqual(opaque ? [type] : []);
  },
);
