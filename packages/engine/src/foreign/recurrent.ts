import type { Direction } from '../functions/recurrent.ts';
import { gru, lstm, type RecurrentOptions, rnn } from '../operators.ts';
import type { Tensor } from '../tensor.ts';
import { type ForeignNode, type NodeReader, reader } from './node.ts';

const directions = ['forward', 'reverse', 'bidirectional'] as const;

/** What the three have in common; undefined where the batch comes first, which ONNX Runtime does not run either. */
function optionsOf(node: ForeignNode): RecurrentOptions | undefined {
  const { float, floats, int, string, strings } = node.attributes;
  const direction = directions.find((name): name is Direction => name === (string('direction') ?? 'forward'));
  if (direction === undefined || int('layout') === 1) return undefined;
  const given = {
    bias: node.optional(3),
    sequenceLengths: node.optional(4),
    initialH: node.optional(5),
    activations: strings('activations'),
    activationAlpha: floats('activation_alpha'),
    activationBeta: floats('activation_beta'),
    clip: float('clip'),
  };
  return { direction, ...present(given) };
}

/** Without what is left out. */
function present<T extends object>(given: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  const entries = Object.entries(given).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries) as { [K in keyof T]?: Exclude<T[K], undefined> };
}

const weights = (node: ForeignNode): [Tensor, Tensor, Tensor] => [
  node.input(0),
  node.input(1),
  node.input(2),
];

export const recurrent = {
  RNN: reader((node) => {
    const options = optionsOf(node);
    if (options === undefined) return undefined;
    const { y, h } = rnn(...weights(node), options);
    return [y, h];
  }),

  GRU: reader((node) => {
    const options = optionsOf(node);
    if (options === undefined) return undefined;
    const linearBeforeReset = node.attributes.int('linear_before_reset') === 1;
    const { y, h } = gru(...weights(node), { ...options, linearBeforeReset });
    return [y, h];
  }),

  LSTM: reader((node) => {
    const options = optionsOf(node);
    if (options === undefined) return undefined;
    const states = present({ initialC: node.optional(6), peepholes: node.optional(7) });
    const inputForget = node.attributes.int('input_forget') === 1;
    const { y, h, c } = lstm(...weights(node), { ...options, ...states, inputForget });
    return [y, h, c];
  }),
} satisfies Record<string, NodeReader>;
