import { create } from '@bufbuild/protobuf';
import { AttributeProtoSchema, AttributeProto_AttributeType as AttributeType } from 'onnx-buf';
import type { Verbatim } from '../../tensor.ts';
import type { Case } from './case.ts';

/** A node with an attribute, as a file of others has it. */
const thresholdedRelu: Verbatim = {
  operator: 'ThresholdedRelu',
  domain: '',
  node: 'gate',
  attributes: [create(AttributeProtoSchema, { name: 'alpha', f: 0.5, type: AttributeType.FLOAT })],
  opsets: new Map([['', 10n]]),
  inputs: [true],
  outputs: [true],
  captures: [],
  types: [{ dtype: 'float32', shape: [2, 3] }],
  toJSON: () => 'gate',
};

export const foreign = {
  Foreign: [
    {
      inputs: [[2, 3]],
      build: (x) => {
        const [y] = x.graph.apply('Foreign', [x], { verbatim: thresholdedRelu });
        return y ?? x;
      },
      reference: (x) => (i, j) => (x(i, j) > 0.5 ? x(i, j) : 0),
    },
  ],
} satisfies Record<string, Case[]>;
