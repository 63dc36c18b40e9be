/** LoRA adapters between Banyan and Python's peft: learned here and loaded there, and the other way round. */
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { readPeft, type TrainedModel, writeHuggingFace, writePeft } from '@banyan/algorithms';
import { adapterTensors } from '@banyan/engine';
import { afterAll, expect, test } from 'vitest';
import { newFolder } from '../hub-process.ts';
import { readFolder, writeFolder } from './folders.ts';
import { distance, ourLogits } from './our-logits.ts';
import { openPython } from './python.ts';
import { idsOf, mobyDick, seaAndTown, sentences, train } from './training.ts';

const python = await openPython('adapters.py');
const home = await newFolder('banyan-python-');
afterAll(async () => {
  python.close();
  await rm(home, { recursive: true });
});

const decoder = { layers: 2, width: 32, context: 32, steps: 20, batchSize: 4, heads: 4 };
const encoder = { layers: 2, width: 16, context: 24, heads: 2, pretrainingSteps: 0, epochs: 40, patience: 0 };
const cases = [
  {
    name: 'gpt2',
    algorithm: 'gpt',
    config: decoder,
    targets: ['c_attn', 'mlp.c_proj'],
    theirs: ['c_attn', 'c_proj'],
  },
  {
    name: 'llama',
    algorithm: 'gpt',
    config: { ...decoder, style: 'llama', kvHeads: 2 },
    targets: ['q_proj', 'v_proj', 'down_proj'],
    theirs: ['k_proj', 'gate_proj'],
  },
  {
    name: 'bert',
    algorithm: 'bert',
    config: encoder,
    targets: ['query', 'output.dense'],
    theirs: ['key', 'output.dense'],
  },
] as const;

test.each(cases)('adapters of a $name', async ({ name, algorithm, config, targets, theirs }) => {
  const classify = algorithm === 'bert';
  const data = classify ? seaAndTown() : mobyDick();
  const ids = classify ? idsOf(sentences[0]!) : [...mobyDick().train.tokens!.subarray(0, 20)];
  const model = await train(algorithm, { ...config, learningRate: 5e-3 }, data);
  const base = await writeFolder(home, name, writeHuggingFace(model));
  const before = await ourLogits(model, ids);

  // Ours: beside the weights, or with a classifier's new head, which goes along whole.
  const head = classify ? ['classifier.weight', 'classifier.bias'] : [];
  const initial = new Map([...model.tensors].filter(([parameter]) => !head.includes(parameter)));
  const adapters = { rank: 3, alpha: 5, targets };
  const learned = await train(algorithm, { ...config, learningRate: 2e-2 }, data, { initial, adapters });
  const files = writePeft(learned, { base, whole: head });
  const adapter = await writeFolder(home, `${name}-ours`, files);
  const said = await python.ask<number[]>('load', { base, adapter, ids, classify });
  expect(distance(await ourLogits(learned, ids), said)).toBeLessThan(1e-4);
  expect(distance(before, said)).toBeGreaterThan(1e-3);
  const again = readPeft(files, model);
  expect(distance(await ourLogits(again, ids), said)).toBeLessThan(1e-4);

  // Theirs: read, and learned further from where they are.
  for (const more of [{}, { use_rslora: true }]) {
    const folder = join(home, `${name}-theirs-${Object.keys(more).length}`);
    const lora = { r: 4, lora_alpha: 6, target_modules: theirs, ...more };
    const told = await python.ask<number[]>('save', { base, adapter: folder, ids, classify, config: lora });
    const read = readPeft(await readFolder(folder), model);
    expect(distance(await ourLogits(read, ids), told)).toBeLessThan(1e-4);
    expect(distance(before, told)).toBeGreaterThan(1e-3);
    expect(distance(await ourLogits(await standing(read, model), ids), told)).toBeLessThan(1e-4);
  }

  /** A training that hardly moves, begun from adapters. */
  async function standing(
    { adapters = new Map() }: TrainedModel,
    { tensors }: TrainedModel,
  ): Promise<TrainedModel> {
    const [{ rank, alpha } = { rank: 0, alpha: 0 }] = adapters.values();
    const layers = [...adapters.keys()].map((weights) => weights.replace('.weight', ''));
    return train(algorithm, { ...config, learningRate: 1e-9, weightDecay: 0 }, data, {
      initial: new Map([...tensors, ...adapterTensors(adapters)]),
      adapters: { rank, alpha, targets: layers },
    });
  }
});

test('what PEFT can and we cannot is refused by its name', async () => {
  const model = await train('gpt', { ...decoder, steps: 1 }, mobyDick());
  const config = { peft_type: 'LORA', r: 2, lora_alpha: 4 };
  const json = (more: object) => new TextEncoder().encode(JSON.stringify({ ...config, ...more }));
  const read = (more: object) => () => readPeft(new Map([['adapter_config.json', json(more)]]), model);
  expect(read({ use_dora: true })).toThrow('adapter_config.json is not supported: use_dora is true');
  expect(read({ peft_type: 'IA3' })).toThrow('peft_type is "IA3"');
  expect(read({ rank_pattern: { q_proj: 3 } })).toThrow('rank_pattern is {"q_proj":3}');
  expect(read({})).toThrow('no adapter_model.safetensors');
});
