import { AlgorithmError, type TrainedModel } from '../algorithm.ts';
import { bertLayout } from './bert.ts';
import { gpt2Layout } from './gpt2.ts';
import type { Layout } from './layout.ts';
import { llamaLayout } from './llama.ts';

/** By the `model_type` of config.json. */
const layouts: Record<string, Layout> = { gpt2: gpt2Layout, llama: llamaLayout, bert: bertLayout };

/** Throws AlgorithmError 'format' with the types there are. */
export function layoutNamed(modelType: unknown): Layout {
  const layout = typeof modelType === 'string' && Object.hasOwn(layouts, modelType) && layouts[modelType];
  if (layout) return layout;
  throw new AlgorithmError(
    'format',
    `config.json has the model_type ${JSON.stringify(modelType)}; ${Object.keys(layouts).join(', ')} are read`,
  );
}

/** The layout in which a model is written; undefined for algorithms that Hugging Face's library does not have. */
export function layoutOf({ algorithm, config }: TrainedModel): Layout | undefined {
  return layouts[algorithm === 'gpt' ? String(config['style']) : algorithm];
}
