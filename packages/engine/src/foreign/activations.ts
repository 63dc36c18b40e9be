import {
  celu,
  elu,
  gelu,
  hardSigmoid,
  hardSwish,
  leakyRelu,
  mish,
  pRelu,
  relu,
  selu,
  sigmoid,
  softplus,
  softsign,
  tanh,
  thresholdedRelu,
} from '../operators.ts';
import type { Tensor } from '../tensor.ts';
import { binary, unary } from './elementwise.ts';
import { type NodeReader, reader } from './node.ts';

/** With a number for its shape, which has the operator's own default when it is left out. */
const shaped = (apply: (x: Tensor, alpha?: number) => Tensor): NodeReader =>
  reader((node) => apply(node.input(0), node.attributes.float('alpha')));

export const activations = {
  Celu: shaped(celu),
  Elu: shaped(elu),
  HardSwish: unary(hardSwish),
  LeakyRelu: shaped(leakyRelu),
  Mish: unary(mish),
  PRelu: binary(pRelu),
  Relu: unary(relu),
  Sigmoid: unary(sigmoid),
  Softplus: unary(softplus),
  Softsign: unary(softsign),
  Tanh: unary(tanh),
  ThresholdedRelu: shaped(thresholdedRelu),

  Gelu: reader((node) => {
    const approximate = node.attributes.string('approximate') ?? 'none';
    return approximate === 'none' || approximate === 'tanh' ? gelu(node.input(0), approximate) : undefined;
  }),

  HardSigmoid: reader((node) => {
    const { float } = node.attributes;
    return hardSigmoid(node.input(0), float('alpha'), float('beta'));
  }),

  Selu: reader((node) => selu(node.input(0), node.attributes.float('alpha'), node.attributes.float('gamma'))),
} satisfies Record<string, NodeReader>;
