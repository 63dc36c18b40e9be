import { createGraph } from '@banyan/engine';
import type { DataShape } from '../algorithm.ts';
import { transformer } from '../catalogue/gpt.ts';
import { gptConfig } from '../catalogue/gpt-config.ts';
import type { Layout } from './layout.ts';

export const textShape = (vocabulary: number): DataShape => ({
  kind: 'text',
  task: 'generation',
  shape: [],
  vocabulary,
});

/** The parameters of a gpt, from its graph on one token. */
export const decoderParameters: Layout['parameters'] = ({ config, shape }) => {
  const graph = createGraph();
  const token = graph.input('token', 'int32', [1, 1]);
  transformer(gptConfig.parse(config), shape, token, token, (q) => q);
  return graph.parameters;
};
