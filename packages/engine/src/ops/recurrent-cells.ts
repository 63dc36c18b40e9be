import { add, clip, gemm, mul, relu, sigmoid, softplus, softsign, split, sub, tanh } from '../operators.ts';
import type { Tensor } from '../tensor.ts';
import type { RecurrentAttributes } from './recurrent-attributes.ts';

export interface State {
  h: Tensor;
  c: Tensor;
}

/** The weights of one direction. */
export interface CellWeights {
  /** [gates H, H] */
  r: Tensor;
  /** [gates H], already added to the input's part but where the cell says otherwise. */
  recurrentBias?: Tensor | undefined;
  /** [3 H]: those of the input, the output and the forget gate (Gers and Schmidhuber, 2000). */
  peepholes?: Tensor | undefined;
  /** What goes into an activation is clipped first. */
  activations: readonly ((x: Tensor) => Tensor)[];
  attributes: RecurrentAttributes;
}

/** One step: from the input's part W x + b [N, gates H] and the state [N, H] to the next state. */
export type Cell = (input: Tensor, state: State, weights: CellWeights) => State;

/** What an activation's name in a file means. Those with parameters of their own are not differentiated. */
const activations: Readonly<Record<string, (x: Tensor) => Tensor>> = {
  Relu: relu,
  Sigmoid: sigmoid,
  Softplus: softplus,
  Softsign: softsign,
  Tanh: tanh,
};

/** The activations of direction `index`, each behind the clip. */
export function activationsOf(
  defaults: readonly string[],
  { activations: given, clip: limit }: RecurrentAttributes,
  index: number,
): readonly ((x: Tensor) => Tensor)[] {
  const names = given?.slice(index * defaults.length, (index + 1) * defaults.length) ?? defaults;
  return names.map((name) => {
    const activation = Object.entries(activations).find(
      ([known]) => known.toLowerCase() === name.toLowerCase(),
    );
    if (activation === undefined) throw new Error(`the activation ${name} has no derivative here`);
    return limit === undefined ? activation[1] : (x) => activation[1](clip(x, -limit, limit));
  });
}

const times = (h: Tensor, r: Tensor): Tensor => gemm(h, r, undefined, { transB: true });
const one = (x: Tensor): Tensor => sub(1, x);

/** Elman, 1990: h = f(W x + R h + b). */
export const rnnCell: Cell = (input, { h, c }, { r, activations: [f] }) => ({
  h: (f as typeof tanh)(add(input, times(h, r))),
  c,
});

/** Cho et al., 2014: z and r gate what is kept; ONNX's order of the gates is z, r, h. */
export const gruCell: Cell = (input, { h, c }, { r, recurrentBias, activations, attributes }) => {
  const [f, g] = activations as readonly [typeof tanh, typeof tanh];
  const H = attributes.hidden;
  const [inputZR, inputCandidate] = split(input, [2 * H, H]) as [Tensor, Tensor];
  const [rZR, rCandidate] = split(r, [2 * H, H], 0) as [Tensor, Tensor];
  const [z, reset] = split(f(add(inputZR, times(h, rZR))), 2) as [Tensor, Tensor];
  const candidate = attributes.linearBeforeReset
    ? g(add(inputCandidate, mul(reset, withBias(times(h, rCandidate), recurrentBias))))
    : g(add(inputCandidate, times(mul(reset, h), rCandidate)));
  return { h: add(mul(one(z), candidate), mul(z, h)), c };
};

const withBias = (x: Tensor, bias: Tensor | undefined): Tensor => (bias === undefined ? x : add(x, bias));

/** Hochreiter and Schmidhuber, 1997; ONNX's order of the gates is i, o, f, c. */
export const lstmCell: Cell = (input, { h, c }, { r, peepholes, activations, attributes }) => {
  const [f, g, output] = activations as readonly [typeof tanh, typeof tanh, typeof tanh];
  const [i, o, forget, candidate] = split(add(input, times(h, r)), 4) as [Tensor, Tensor, Tensor, Tensor];
  const [pi, po, pf] = peepholes === undefined ? [] : split(peepholes, 3);
  const seeing = (gate: Tensor, peephole: Tensor | undefined, state: Tensor): Tensor =>
    f(peephole === undefined ? gate : add(gate, mul(peephole, state)));
  const letIn = seeing(i, pi, c);
  const kept = attributes.inputForget ? one(letIn) : seeing(forget, pf, c);
  const next = add(mul(kept, c), mul(letIn, g(candidate)));
  return { h: mul(seeing(o, po, next), output(next)), c: next };
};
