import { formatShape, sameShape } from '../shape.ts';
import type { DType, Op, Shape, Tensor } from '../tensor.ts';
import { throughComposition } from './composite.ts';
import { operator, requireType } from './operator.ts';
import {
  type Optional,
  optionalInputs,
  type RecurrentAttributes,
  type RecurrentInputs,
} from './recurrent-attributes.ts';
import { type Cell, gruCell, lstmCell, rnnCell } from './recurrent-cells.ts';
import { unroll } from './unroll.ts';

type Inputs = readonly [x: Tensor, w: Tensor, r: Tensor, ...Tensor[]];

const named = ([x, w, r, ...rest]: Inputs, present: readonly Optional[]): RecurrentInputs => ({
  x,
  w,
  r,
  ...Object.fromEntries(present.map((name, index) => [name, rest[index]])),
});

interface Kind {
  gates: number;
  cell: Cell;
  defaults: readonly string[];
  /** Outputs h alone, or h and c. */
  states: readonly ('h' | 'c')[];
}

const recurrentOperator = ({ gates, cell, defaults, states }: Kind): Op =>
  operator<Inputs, RecurrentAttributes, readonly Tensor[]>({
    infer(inputs, { hidden, direction, present }) {
      const given = named(inputs, present);
      const { x, w, r } = given;
      if (x.shape.length !== 3) throw new Error('x must be [T, N, I]: time first');
      const [T, N, I] = x.shape as Shape & readonly [string, string, string];
      const D = direction === 'bidirectional' ? 2 : 1;
      const state = [D, N, hidden];
      const wanted: Record<Exclude<keyof RecurrentInputs, 'x'>, { shape: Shape; dtype?: DType }> = {
        w: { shape: [D, gates * hidden, I] },
        r: { shape: [D, gates * hidden, hidden] },
        bias: { shape: [D, 2 * gates * hidden] },
        sequenceLengths: { shape: [N], dtype: 'int32' },
        initialH: { shape: state },
        initialC: { shape: state },
        peepholes: { shape: [D, 3 * hidden] },
      };
      for (const [name, { shape, dtype = x.dtype }] of Object.entries(wanted)) {
        const tensor = given[name as keyof RecurrentInputs];
        if (tensor === undefined) continue;
        requireType(tensor, dtype);
        if (!sameShape(tensor.shape, shape))
          throw new Error(`${name} must be ${formatShape(shape)}, not ${formatShape(tensor.shape)}`);
      }
      requireType(r, w.dtype);
      return [
        { dtype: x.dtype, shape: [T, D, N, hidden] },
        ...states.map(() => ({ dtype: x.dtype, shape: state })),
      ];
    },
    optionalOutputs: true,
    emit({ type, inputs, attributes }) {
      const { x, w, r, ...optional } = named(inputs, attributes.present);
      const last = optionalInputs.findLastIndex((name) => optional[name] !== undefined);
      return {
        type,
        inputs: [x, w, r, ...optionalInputs.slice(0, last + 1).map((name) => optional[name])],
        ints: {
          hidden_size: attributes.hidden,
          ...(type === 'LSTM' && { input_forget: Number(attributes.inputForget) }),
          ...(type === 'GRU' && { linear_before_reset: Number(attributes.linearBeforeReset) }),
        },
        floats: {
          ...(attributes.clip !== undefined && { clip: attributes.clip }),
          ...(attributes.activationAlpha && { activation_alpha: attributes.activationAlpha }),
          ...(attributes.activationBeta && { activation_beta: attributes.activationBeta }),
        },
        strings: {
          direction: attributes.direction,
          ...(attributes.activations && { activations: attributes.activations }),
        },
      };
    },
    grad: throughComposition<Inputs, RecurrentAttributes, readonly Tensor[]>((inputs, attributes) =>
      unroll(cell, { states, defaults }, named(inputs, attributes.present), attributes),
    ),
  });

/** ONNX Runtime's kernels; their gradients are those of the cells, unrolled over time. */
export const recurrent = {
  RNN: recurrentOperator({ gates: 1, cell: rnnCell, defaults: ['Tanh'], states: ['h'] }),
  GRU: recurrentOperator({ gates: 3, cell: gruCell, defaults: ['Sigmoid', 'Tanh'], states: ['h'] }),
  LSTM: recurrentOperator({
    gates: 4,
    cell: lstmCell,
    defaults: ['Sigmoid', 'Tanh', 'Tanh'],
    states: ['h', 'c'],
  }),
} satisfies Record<string, Op>;
