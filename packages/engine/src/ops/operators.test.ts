import { describe, expect, test } from 'vitest';
import { gradients } from '../backward.ts';
import { createGraph } from '../create-graph.ts';
import type { OpName } from '../op-name.ts';
import {
  concat,
  conv,
  einsum,
  gemm,
  lstm,
  matmul,
  reduceSum,
  reshape,
  rmsNormalization,
  rnn,
} from '../operators.ts';
import { createRandom } from '../random.ts';
import type { Shape, Tensor } from '../tensor.ts';
import type { Case } from './cases/case.ts';
import { check } from './cases/check.ts';
import { cases } from './cases/table.ts';
import { operators } from './table.ts';

describe.each(Object.entries(cases) as [OpName, Case[]][])('%s', (name, list) => {
  test.each(list.map((some, index) => [index, some] as const))('case %i', async (_, some) => {
    await check(some, operators[name].grad !== null, createRandom(name));
  });
});

test.each(Object.entries(operators).filter(([, { grad }]) => grad === null))(
  '%s says that it has no derivative, or gives none to what is not float32',
  (name) => {
    const graph = createGraph();
    const some = cases[name as OpName][0] as Case;
    const inputs = some.inputs.map((input, index) =>
      'dtype' in input
        ? graph.input(`x${index}`, input.dtype, input.shape)
        : graph.input(`x${index}`, 'float32', input),
    );
    const loss = reduceSum(some.build(...inputs));
    expect(() => gradients(loss, inputs)).toThrowError(
      expect.objectContaining({ name: 'EngineError', code: 'not-differentiable' }),
    );
  },
);

/** Builds with a misfit, and the operator and the shapes that the error must name. */
const misfits: Readonly<Record<string, [OpName, Shape[], (...inputs: Tensor[]) => unknown]>> = {
  'inner dimensions': [
    'MatMul',
    [
      [2, 3],
      [4, 5],
    ],
    matmul,
  ],
  'a bias that does not broadcast': ['Gemm', [[2, 3], [3, 5], [4]], (a, b, c) => gemm(a, b, c)],
  'too few channels': [
    'Conv',
    [
      [1, 2, 5, 5],
      [3, 3, 3, 3],
    ],
    (x, w) => conv(x, w),
  ],
  'a window larger than the input': [
    'Conv',
    [
      [1, 2, 2, 5],
      [3, 2, 3, 3],
    ],
    (x, w) => conv(x, w),
  ],
  'a scale of another width': ['RMSNormalization', [[2, 3], [4]], (x, scale) => rmsNormalization(x, scale)],
  'lengths of one letter': [
    'Einsum',
    [
      [2, 3],
      [4, 5],
    ],
    (a, b) => einsum('ij,jk->ik', a, b),
  ],
  'gates of another width': [
    'LSTM',
    [
      [3, 2, 4],
      [1, 20, 4],
      [1, 12, 3],
    ],
    (x, w, r) => lstm(x, w, r),
  ],
  'elements that do not make up the shape': ['Reshape', [[2, 'N']], (x) => reshape(x, [3, 'N'])],
  'other axes that differ': [
    'Concat',
    [
      [2, 3],
      [3, 3],
    ],
    (...all) => concat(all, 1),
  ],
};

test.each(Object.entries(misfits))(
  'an error of %s names operator, node and shapes',
  (_, [name, shapes, build]) => {
    const graph = createGraph();
    const inputs = shapes.map((shape, index) => graph.input(`x${index}`, 'float32', shape));
    const node = `${name}_${graph.nodes.length}`;
    expect(() => build(...inputs)).toThrowError(
      expect.objectContaining({
        name: 'EngineError',
        code: 'shape',
        operator: name,
        node,
        shapes,
        message: expect.stringMatching(
          `^${name} \\(node ${node}\\): .*x0 float32\\[${shapes[0]?.join(', ')}\\]`,
        ),
      }),
    );
  },
);

test('a recurrent activation without a derivative is named where the gradient needs it', () => {
  const graph = createGraph();
  const [x, w, r] = [
    [2, 1, 2],
    [1, 2, 2],
    [1, 2, 2],
  ].map((shape, index) => graph.input(`x${index}`, 'float32', shape)) as [Tensor, Tensor, Tensor];
  const loss = reduceSum(rnn(x, w, r, { activations: ['Affine'], activationAlpha: [2] }).y);
  expect(() => gradients(loss, [w])).toThrowError(
    expect.objectContaining({
      name: 'EngineError',
      operator: 'RNN',
      message: expect.stringContaining('Affine'),
    }),
  );
});
