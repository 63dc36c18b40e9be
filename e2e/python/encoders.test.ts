/** BERT between Banyan, Python's transformers and transformers.js: the same files, the same answers. */
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { answersOf, readHuggingFace, writeHuggingFace } from '@banyan/algorithms';
import { env, pipeline } from '@huggingface/transformers';
import { afterAll, expect, test } from 'vitest';
import { newFolder } from '../hub-process.ts';
import { readFolder, writeFolder } from './folders.ts';
import { distance, ourLogits } from './our-logits.ts';
import { openPython } from './python.ts';
import { classes, idsOf, seaAndTown, sentences, special, tokenizer, train, vocabulary } from './training.ts';

const python = await openPython('encoders.py');
const home = await newFolder('banyan-python-');
afterAll(async () => {
  python.close();
  await rm(home, { recursive: true });
});

/** Differences of the two logits, which the probabilities tell. */
const marginsOf = (probabilities: ArrayLike<number>): number[] =>
  Array.from({ length: probabilities.length / 2 }, (_, row) =>
    Math.log(probabilities[2 * row]! / probabilities[2 * row + 1]!),
  );

const small = {
  layers: 2,
  heads: 2,
  width: 16,
  context: 24,
  pretrainingSteps: 5,
  epochs: 30,
  batchSize: 6,
  patience: 0,
};

test('a bert trained here loads everywhere and says the same', async () => {
  const model = await train('bert', { ...small, learningRate: 5e-3 }, seaAndTown());
  const folder = await writeFolder(home, 'bert', writeHuggingFace(model, { tokenizer }));
  const { probabilities } = await answersOf(model, seaAndTown().train);
  const loaded = await python.ask<{ ids: number[][]; logits: number[]; onnx: number[]; labels: string[] }>(
    'load',
    {
      folder,
      texts: sentences,
    },
  );
  expect(loaded.labels).toEqual(['sea', 'sea', 'sea', 'town', 'town', 'town']);
  const margins = Array.from(
    { length: 6 },
    (_, row) => loaded.logits[2 * row]! - loaded.logits[2 * row + 1]!,
  );
  expect(distance(marginsOf(probabilities!), margins)).toBeLessThan(1e-4);
  expect(distance(loaded.onnx, loaded.logits)).toBeLessThan(1e-4);
  expect(loaded.ids).toEqual(sentences.map(idsOf));

  env.allowRemoteModels = false;
  env.localModelPath = home;
  const classifier = await pipeline('text-classification', 'bert', { dtype: 'fp32', device: 'cpu' });
  const answers = (await classifier(sentences)) as { label: string; score: number }[];
  await classifier.dispose();
  expect(answers.map(({ label }) => label)).toEqual(loaded.labels);
  const winning = answers.map(({ label, score }, row) => [
    score,
    probabilities![2 * row + classes.indexOf(label)]!,
  ]);
  for (const [theirs, ours] of winning) expect(Math.abs(theirs! - ours!)).toBeLessThan(1e-4);
});

const config = {
  vocab_size: vocabulary,
  hidden_size: 16,
  num_hidden_layers: 2,
  num_attention_heads: 4,
  intermediate_size: 64,
  max_position_embeddings: 30,
  id2label: { 0: 'sea', 1: 'town' },
};

test('a BERT classifier made by transformers loads here and gives its logits', async () => {
  const folder = join(home, 'made');
  const ids = idsOf(sentences[0]!);
  const logits = await python.ask<number[]>('save', { folder, config, ids });
  await writeFile(join(folder, 'tokenizer.json'), JSON.stringify(tokenizer));
  const model = readHuggingFace(await readFolder(folder), { context: 24 });
  expect(model.shape).toMatchObject({ classes, special, shape: [24] });
  expect(distance(await ourLogits(model, ids), logits)).toBeLessThan(1e-4);
});

test("a language model's weights begin a classifier of new classes", async () => {
  const folder = join(home, 'pretrained');
  await python.ask('save', { folder, config, ids: [], head: false });
  await writeFile(join(folder, 'vocab.txt'), Object.keys(tokenizer.model.vocab).join('\n'));
  const begun = readHuggingFace(await readFolder(folder), { classes });
  expect([...begun.tensors.keys()].filter((name) => !name.startsWith('bert.e'))).toEqual([]);
  // One step that hardly moves: the words are still where they were, the new head is there.
  const still = { ...begun.config, epochs: 1, pretrainingSteps: 0, learningRate: 1e-9, weightDecay: 0 };
  const model = await train('bert', still, seaAndTown(), { initial: begun.tensors });
  const words = 'bert.embeddings.word_embeddings.weight';
  const [before, after] = [begun.tensors.get(words)!.data, model.tensors.get(words)!.data];
  expect(distance(before as Float32Array, after as Float32Array)).toBeLessThan(1e-6);
  expect(model.tensors.get('classifier.weight')!.shape).toEqual([2, 16]);
});
