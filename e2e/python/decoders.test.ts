/** Language models between Banyan, Python's transformers and transformers.js: the same files, the same answers. */
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readHuggingFace, writeHuggingFace } from '@banyan/algorithms';
import { byteTokenizer, openTokenizer } from '@banyan/data';
import { openModel } from '@banyan/serving';
import { env, pipeline, type TextGenerationPipeline } from '@huggingface/transformers';
import { afterAll, expect, test } from 'vitest';
import { newFolder } from '../hub-process.ts';
import { readFolder, writeFolder } from './folders.ts';
import { distance, ourLogits } from './our-logits.ts';
import { openPython } from './python.ts';
import { mobyDick, train } from './training.ts';

const python = await openPython('decoders.py');
const home = await newFolder('banyan-python-');
afterAll(async () => {
  python.close();
  await rm(home, { recursive: true });
});

const prompt = 'Call me Ishmael. Some';

const small = { layers: 2, width: 64, context: 48, steps: 150, batchSize: 6, learningRate: 5e-3 };
const trained = {
  gpt2: { ...small, style: 'gpt2', heads: 2 },
  'gpt2-untied': { ...small, style: 'gpt2', heads: 4, activation: 'gelu_new', tied: false, inner: 48 },
  llama: { ...small, style: 'llama', heads: 4, kvHeads: 2 },
  'llama-untied': { ...small, style: 'llama', heads: 2, kvHeads: 1, tied: false, ropeTheta: 500 },
};

interface Loaded {
  class: string;
  ids: number[];
  logits: number[];
  written: string;
}

test.each(Object.entries(trained))(
  'a %s trained here loads everywhere and says the same',
  async (name, config) => {
    const model = await train('gpt', config, mobyDick());
    const folder = await writeFolder(home, name, writeHuggingFace(model, { tokenizer: byteTokenizer() }));
    const ids = [...openTokenizer(byteTokenizer()).encode(prompt)];
    const ours = await ourLogits(model, ids);

    const loaded = await python.ask<Loaded>('load', { folder, text: prompt, new_tokens: 24 });
    expect(loaded.class).toBe(name.startsWith('gpt2') ? 'GPT2LMHeadModel' : 'LlamaForCausalLM');
    expect(loaded.ids).toEqual(ids);
    expect(distance(ours, loaded.logits)).toBeLessThan(1e-4);
    expect(distance(ours, await python.ask<number[]>('run_onnx', { folder, ids }))).toBeLessThan(1e-4);

    // Our own serving, and the browser's library on the same folder.
    const manifest = { format: 'banyan-model/1', algorithm: 'gpt', config, task: 'generation', kind: 'text' };
    await writeFile(
      join(folder, 'banyan.json'),
      JSON.stringify({ ...manifest, inputs: [], context: small.context }),
    );
    const served = await openModel(folder);
    let text = prompt;
    for await (const piece of served.generate(prompt, { maxTokens: 24, temperature: 0 })) text += piece.text;
    await served.close();
    expect(text).toBe(loaded.written);
    expect(new Set(text.slice(prompt.length)).size).toBeGreaterThan(4);
    expect(await writeInJavaScript(name)).toBe(loaded.written);
  },
);

async function writeInJavaScript(name: string): Promise<string> {
  env.allowRemoteModels = false;
  env.localModelPath = home;
  const write: TextGenerationPipeline = await pipeline('text-generation', name, {
    dtype: 'fp32',
    device: 'cpu',
  });
  const [answer] = (await write(prompt, { max_new_tokens: 24, do_sample: false })) as {
    generated_text: string;
  }[];
  await write.dispose();
  return answer!.generated_text;
}

const gpt2 = {
  n_embd: 16,
  n_layer: 2,
  n_head: 2,
  n_positions: 24,
  vocab_size: 50,
  bos_token_id: 0,
  eos_token_id: 0,
};
const llama = {
  hidden_size: 24,
  num_hidden_layers: 2,
  num_attention_heads: 4,
  num_key_value_heads: 2,
  intermediate_size: 40,
  max_position_embeddings: 24,
  vocab_size: 50,
  bos_token_id: 0,
  eos_token_id: 0,
};
const made = [
  ['gpt2', gpt2, {}],
  ['gpt2', { ...gpt2, n_inner: 20, activation_function: 'gelu' }, { bare: true }],
  ['gpt2', { ...gpt2, tie_word_embeddings: false }, { dtype: 'float16' }],
  ['llama', llama, { dtype: 'bfloat16', shard: '5KB' }],
  ['llama', { ...llama, tie_word_embeddings: true, rms_norm_eps: 1e-3 }, { bare: true }],
  ['llama', { ...llama, rope_parameters: { rope_type: 'default', rope_theta: 300 } }, { shard: '9KB' }],
] as const;

test.each(made)(
  'a checkpoint of %s made by transformers (%j, %j) loads here',
  async (family, config, options) => {
    const folder = join(home, `made-${String(made.findIndex((some) => some[1] === config))}`);
    const ids = Array.from({ length: 20 }, (_, at) => (at * 7) % 50);
    const theirs = await python.ask<number[]>('save', { folder, family, config, ids, ...options });
    const files = await readFolder(folder);
    const model = readHuggingFace(files);
    expect(distance(await ourLogits(model, ids), theirs)).toBeLessThan(1e-4);
    // A shorter look back cuts what it need not know.
    const shorter = readHuggingFace(files, { context: 12 });
    expect(distance(await ourLogits(shorter, ids.slice(0, 12)), theirs.slice(0, 12 * 50))).toBeLessThan(1e-4);
  },
);
