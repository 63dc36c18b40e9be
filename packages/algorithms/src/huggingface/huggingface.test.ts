/** What is written is read again, and what cannot be read is named. Python and JavaScript prove the layout in e2e. */
import { tensorData, writeSafetensors } from '@banyan/engine';
import { expect, test } from 'vitest';
import type { TrainedModel } from '../algorithm.ts';
import { train } from '../testing/drain.ts';
import { mobyDick, penguins } from '../testing/real-data.ts';
import { readHuggingFace } from './read.ts';
import { writeHuggingFace } from './write.ts';

const small = { layers: 2, heads: 2, width: 16, context: 16, steps: 2, batchSize: 2 };
const trained = (config: object): Promise<TrainedModel> =>
  train('gpt', { ...small, ...config }, mobyDick(1000, 100)).then(({ model }) => model);

const json = (value: unknown): Uint8Array => new TextEncoder().encode(JSON.stringify(value));
const parsed = (bytes: Uint8Array | undefined) => JSON.parse(new TextDecoder().decode(bytes));

test.each([
  { style: 'gpt2', activation: 'gelu_new', tied: false },
  { style: 'llama', kvHeads: 1, inner: 20, ropeTheta: 777, normEpsilon: 1e-6 },
])('a $style comes back as it went', async (config) => {
  const model = await trained(config);
  const files = writeHuggingFace(model, { tokenizer: { added_tokens: [] } });
  expect([...files.keys()].sort()).toEqual([
    'config.json',
    'generation_config.json',
    'model.safetensors',
    'onnx/model.onnx',
    'tokenizer.json',
    'tokenizer_config.json',
  ]);
  const { config: read, tensors, shape } = readHuggingFace(files);
  expect(shape.vocabulary).toBe(256);
  expect(read).toMatchObject({ ...config, layers: 2, heads: 2, width: 16, context: 16 });
  expect(tensors).toEqual(model.tensors);
});

test('the tokenizer and the special tokens of a checkpoint go along with what became of it', async () => {
  const model = await trained({});
  const like = new Map([
    ['config.json', json({ eos_token_id: 7, bos_token_id: 3 })],
    ['vocab.json', json({ a: 0 })],
  ]);
  const files = writeHuggingFace(model, { like });
  expect(parsed(files.get('config.json'))).toMatchObject({
    eos_token_id: 7,
    bos_token_id: 3,
    pad_token_id: null,
  });
  expect(parsed(files.get('generation_config.json'))).toMatchObject({ eos_token_id: 7 });
  expect(files.get('vocab.json')).toEqual(like.get('vocab.json'));
});

/** Reads a folder whose config.json says something else. */
const withConfig = (files: Map<string, Uint8Array>, more: object) => () =>
  readHuggingFace(
    new Map([...files, ['config.json', json({ ...parsed(files.get('config.json')), ...more })]]),
  );

test('what we do not compute is refused by its field and value', async () => {
  const gpt2 = writeHuggingFace(await trained({}));
  const llama = writeHuggingFace(await trained({ style: 'llama' }));
  expect(withConfig(gpt2, { model_type: 'mamba' })).toThrow('model_type "mamba"; gpt2, llama, bert are read');
  expect(withConfig(gpt2, { activation_function: 'relu' })).toThrow('activation_function is "relu"');
  expect(withConfig(gpt2, { scale_attn_weights: false })).toThrow('scale_attn_weights is false');
  expect(withConfig(gpt2, { n_embd: undefined })).toThrow('n_embd is absent');
  expect(withConfig(llama, { attention_bias: true })).toThrow('attention_bias is true');
  expect(withConfig(llama, { head_dim: 64 })).toThrow('head_dim is 64');
  const scaled = { rope_parameters: { rope_type: 'llama3', rope_theta: 1 } };
  expect(withConfig(llama, scaled)).toThrow('rope_parameters.rope_type is "llama3"');
  expect(withConfig(llama, { rope_scaling: { factor: 8 } })).toThrow('rope_scaling is {"factor":8}');
});

test('a file or a tensor that is absent, strange or of another size is named', async () => {
  const model = await trained({});
  const files = writeHuggingFace(model);
  const withTensors = (change: (tensors: TrainedModel['tensors']) => void) => () => {
    const tensors = new Map(model.tensors);
    change(tensors);
    readHuggingFace(new Map([...files, ['model.safetensors', writeSafetensors(tensors)]]));
  };
  expect(withTensors((tensors) => tensors.delete('transformer.ln_f.bias'))).toThrow(
    'it lacks transformer.ln_f.bias',
  );
  expect(withTensors((tensors) => tensors.set('adapter.x', tensorData('float32', [1], [0])))).toThrow(
    'nothing is known of its adapter.x',
  );
  const wide = tensorData('float32', [17], new Float32Array(17));
  expect(withTensors((tensors) => tensors.set('transformer.ln_f.bias', wide))).toThrow(
    'transformer.ln_f.bias of the checkpoint is [17], and its config.json makes it [16]',
  );
  const without = (name: string) => () =>
    readHuggingFace(new Map([...files].filter(([path]) => path !== name)));
  expect(without('config.json')).toThrow('the checkpoint has no config.json');
  expect(without('model.safetensors')).toThrow('neither model.safetensors nor model.safetensors.index.json');
  expect(() => readHuggingFace(files, { context: 17 })).toThrow('longer than the checkpoint');
});

test('an algorithm that Hugging Face does not have is not written', async () => {
  const { model } = await train('linear', { epochs: 1 }, penguins());
  expect(() => writeHuggingFace(model)).toThrow("a linear has no place in Hugging Face's layout");
});
