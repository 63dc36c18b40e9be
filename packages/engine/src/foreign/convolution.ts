import type { AutoPad } from '../functions/convolution.ts';
import {
  averagePool,
  conv,
  convTranspose,
  globalAveragePool,
  globalMaxPool,
  maxPool,
  maxPoolWithIndices,
  type WindowOptions,
} from '../operators.ts';
import type { ForeignNode, NodeReader } from './node.ts';
import { reader } from './node.ts';

/** Strides, dilations and pads as they are written; what is left out has its default. */
function windowOf({ attributes }: ForeignNode): WindowOptions & { strides: number | readonly number[] } {
  const autoPad = attributes.string('auto_pad') ?? 'NOTSET';
  return {
    strides: attributes.ints('strides') ?? 1,
    dilations: attributes.ints('dilations') ?? 1,
    pads: attributes.ints('pads') ?? 0,
    ...(autoPad !== 'NOTSET' && { autoPad: autoPad as AutoPad }),
  };
}

const groupsOf = ({ attributes }: ForeignNode): number => attributes.int('group') ?? 1;
const ceilModeOf = ({ attributes }: ForeignNode): boolean => attributes.int('ceil_mode') === 1;

export const convolution = {
  Conv: reader((node) =>
    conv(node.input(0), node.input(1), node.optional(2), { ...windowOf(node), groups: groupsOf(node) }),
  ),

  ConvTranspose: reader((node) => {
    const outputShape = node.attributes.ints('output_shape');
    return convTranspose(node.input(0), node.input(1), node.optional(2), {
      ...windowOf(node),
      groups: groupsOf(node),
      outputPadding: node.attributes.ints('output_padding') ?? 0,
      ...(outputShape !== undefined && { outputShape }),
    });
  }),

  AveragePool: reader((node) => {
    const kernel = node.attributes.ints('kernel_shape');
    const countPads = node.attributes.int('count_include_pad') === 1;
    return (
      kernel &&
      averagePool(node.input(0), kernel, { ...windowOf(node), ceilMode: ceilModeOf(node), countPads })
    );
  }),

  MaxPool: reader((node) => {
    const kernel = node.attributes.ints('kernel_shape');
    if (kernel === undefined || node.attributes.int('storage_order') === 1) return undefined;
    const options = { ...windowOf(node), ceilMode: ceilModeOf(node) };
    if (!node.hasOutput(1)) return maxPool(node.input(0), kernel, options);
    const { y, indices } = maxPoolWithIndices(node.input(0), kernel, options);
    return [y, indices];
  }),

  GlobalAveragePool: reader((node) => globalAveragePool(node.input(0))),
  GlobalMaxPool: reader((node) => globalMaxPool(node.input(0))),
} satisfies Record<string, NodeReader>;
