import {
  add,
  cast,
  concat,
  gemm,
  greater,
  mul,
  reshape,
  slice,
  split,
  squeeze,
  sub,
  unsqueeze,
} from '../operators.ts';
import { formatShape, isStatic } from '../shape.ts';
import type { Tensor } from '../tensor.ts';
import type { RecurrentAttributes, RecurrentInputs } from './recurrent-attributes.ts';
import { activationsOf, type Cell, type State } from './recurrent-cells.ts';

interface Outputs {
  states: readonly ('h' | 'c')[];
  defaults: readonly string[];
}

/** A recurrent operator as primitives: y [T, D, N, H] and the last states [D, N, H]. */
export function unroll(
  cell: Cell,
  { states, defaults }: Outputs,
  inputs: RecurrentInputs,
  attributes: RecurrentAttributes,
): readonly Tensor[] {
  const { direction } = attributes;
  const backwards = direction === 'bidirectional' ? [false, true] : [direction === 'reverse'];
  const directions = backwards.map((back, index) => {
    const activations = activationsOf(defaults, attributes, index);
    return unrollDirection(cell, inputs, attributes, activations, index, back);
  });
  const y = directions.map(({ steps }) =>
    concat(
      steps.map((step) => unsqueeze(step, [0, 1])),
      0,
    ),
  );
  return [
    concat(y, 1),
    ...states.map((name) =>
      concat(
        directions.map(({ last }) => unsqueeze(last[name], 0)),
        0,
      ),
    ),
  ];
}

/** The outputs [N, H] at each time, in the order of time, and the state that comes last. */
function unrollDirection(
  cell: Cell,
  inputs: RecurrentInputs,
  attributes: RecurrentAttributes,
  activations: ReturnType<typeof activationsOf>,
  index: number,
  back: boolean,
): { steps: readonly Tensor[]; last: State } {
  const { x, w, r, bias, sequenceLengths, initialH, initialC, peepholes } = inputs;
  const { hidden, linearBeforeReset } = attributes;
  if (!isStatic(x.shape))
    throw new Error(`the gradient needs the shape ${formatShape(x.shape)} of x known in the graph`);
  const [T, N, I] = x.shape as readonly [number, number, number];
  const own = (t: Tensor): Tensor => squeeze(slice(t, 0, index, index + 1), 0);

  const [inputBias, recurrentBias] = bias === undefined ? [] : split(own(bias), 2);
  const projected = gemm(
    reshape(x, [T * N, I]),
    own(w),
    inputBias && recurrentBias && add(inputBias, alwaysAdded(recurrentBias, attributes)),
    { transB: true },
  );
  const projections = split(reshape(projected, [T, N, -1]), T, 0);

  const weights = {
    r: own(r),
    recurrentBias: linearBeforeReset ? recurrentBias && slice(recurrentBias, 0, 2 * hidden) : undefined,
    peepholes: peepholes && own(peepholes),
    activations,
    attributes,
  };
  const zeros = x.graph.constant(new Float32Array(N * hidden), [N, hidden]);
  let state: State = { h: initialH ? own(initialH) : zeros, c: initialC ? own(initialC) : zeros };
  const steps: Tensor[] = [];
  for (let k = 0; k < T; k++) {
    const t = back ? T - 1 - k : k;
    const next = cell(squeeze(projections[t] as Tensor, 0), state, weights);
    if (sequenceLengths === undefined) {
      steps[t] = next.h;
      state = next;
      continue;
    }
    // Beyond its end a sequence gives 0 and keeps its state.
    const runs = unsqueeze(cast(greater(sequenceLengths, t), x.dtype), 1);
    const kept = (after: Tensor, before: Tensor) => add(mul(after, runs), mul(before, sub(1, runs)));
    steps[t] = mul(next.h, runs);
    state = { h: kept(next.h, state.h), c: kept(next.c, state.c) };
  }
  return { steps, last: state };
}

/** The recurrent bias, without the part that a GRU's reset gate acts on. */
function alwaysAdded(bias: Tensor, { hidden, linearBeforeReset }: RecurrentAttributes): Tensor {
  if (!linearBeforeReset) return bias;
  return concat([slice(bias, 0, 0, 2 * hidden), bias.graph.constant(new Float32Array(hidden), [hidden])], 0);
}
