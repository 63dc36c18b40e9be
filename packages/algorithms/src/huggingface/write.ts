import { AlgorithmError, type TrainedModel } from '../algorithm.ts';
import { saveModel } from '../export/model-file.ts';
import { jsonFile } from './checkpoint.ts';
import type { RepositoryFiles, TokenizerFile } from './layout.ts';
import { layoutOf } from './layouts.ts';

export interface WriteOptions {
  /** The tokenizer that made the model's ids, as tokenizer.json holds it. */
  tokenizer?: TokenizerFile | undefined;
  /** The checkpoint that the model began as: its tokenizer and its special tokens go along. */
  like?: RepositoryFiles;
}

/** What a tokenizer may lie in beside tokenizer.json. */
const tokenizerFiles = [
  'tokenizer.json',
  'tokenizer_config.json',
  'special_tokens_map.json',
  'added_tokens.json',
  'vocab.json',
  'vocab.txt',
  'merges.txt',
];

/** Whether Hugging Face's library has a place for such a model. */
export const hasHuggingFaceLayout = (model: TrainedModel): boolean => layoutOf(model) !== undefined;

/**
 * A model as Python's transformers and transformers.js load it: config.json, generation_config.json, tokenizer.json,
 * tokenizer_config.json, model.safetensors and onnx/model.onnx, by their paths.
 *
 * @throws AlgorithmError 'export' for an algorithm that has no such layout
 */
export function writeHuggingFace(
  model: TrainedModel,
  { tokenizer, like }: WriteOptions = {},
): Map<string, Uint8Array> {
  const layout = layoutOf(model);
  if (layout === undefined)
    throw new AlgorithmError('export', `a ${model.algorithm} has no place in Hugging Face's layout`);
  const special = like === undefined ? unspecial : specialTokens(like);
  const files = new Map<string, Uint8Array>([
    [
      'config.json',
      jsonBytes({ ...special, ...layout.write(model), dtype: 'float32', torch_dtype: 'float32' }),
    ],
    ['model.safetensors', saveModel(model)],
    ['onnx/model.onnx', layout.onnx(model)],
  ]);
  if (model.shape.task === 'generation') files.set('generation_config.json', jsonBytes(special));
  if (tokenizer !== undefined) {
    files.set('tokenizer.json', jsonBytes(tokenizer));
    files.set(
      'tokenizer_config.json',
      jsonBytes({ ...tokenizerConfig(model), ...layout.tokenizerConfig(model, tokenizer) }),
    );
  }
  for (const path of tokenizerFiles) {
    const bytes = like?.get(path);
    if (bytes !== undefined && !files.has(path)) files.set(path, bytes);
  }
  return files;
}

const jsonBytes = (value: unknown): Uint8Array =>
  new TextEncoder().encode(`${JSON.stringify(value, undefined, 2)}\n`);

const unspecial = { bos_token_id: null, eos_token_id: null, pad_token_id: null };

function specialTokens(like: RepositoryFiles): Record<string, unknown> {
  const json = jsonFile(like, 'config.json');
  return Object.fromEntries(Object.keys(unspecial).map((name) => [name, json[name] ?? null]));
}

const tokenizerConfig = ({ config }: TrainedModel) => ({
  tokenizer_class: 'PreTrainedTokenizerFast',
  model_max_length: config['context'],
  clean_up_tokenization_spaces: false,
});
