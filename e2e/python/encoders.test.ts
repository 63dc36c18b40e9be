/** BERT between Banyan, Python's transformers and transformers.js: the same files, the same answers. */
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  answersOf,
  type FitData,
  fit,
  readHuggingFace,
  type Split,
  type TrainedModel,
  writeHuggingFace,
} from '@banyan/algorithms';
import { env, PreTrainedTokenizer, pipeline } from '@huggingface/transformers';
import { afterAll, expect, test } from 'vitest';
import { newFolder } from '../hub-process.ts';
import { readFolder, writeFolder } from './folders.ts';
import { distance } from './our-logits.ts';
import { openPython } from './python.ts';
import { special, wordPiece } from './word-piece.ts';

const python = await openPython('encoders.py');
const home = await newFolder('banyan-python-');
afterAll(async () => {
  python.close();
  await rm(home, { recursive: true });
});

const texts = {
  sea: ['the whale sank the ship', 'a ship and a captain at sea', 'the captain saw the white whale'],
  town: ['the market opened late', 'a late bus to the market', 'the bus stopped at the old school'],
};
const classes = Object.keys(texts);
const tokenizer = wordPiece(Object.values(texts).flat());
const length = 12;

function prepared(): FitData {
  const encode = new PreTrainedTokenizer(tokenizer, {});
  const rows = Object.values(texts).flatMap((list, y) =>
    list.map((text) => ({ y, ids: encode.encode(text) })),
  );
  const split: Split = {
    rows: rows.length,
    shape: [length],
    x: Int32Array.from(
      rows.flatMap(({ ids }) => [...ids, ...Array.from({ length: length - ids.length }, () => 0)]),
    ),
    y: Int32Array.from(rows, ({ y }) => y),
  };
  const shape = { kind: 'text', task: 'classification', shape: [length], classes, special } as const;
  const vocabulary = Object.keys(tokenizer.model.vocab).length;
  return { shape: { ...shape, shape: [length], vocabulary }, train: split, valid: split };
}

async function train(
  config: Record<string, unknown>,
  initial?: TrainedModel['tensors'],
): Promise<TrainedModel> {
  const run = fit('bert', config, prepared(), { seed: 1, threads: 2, initial });
  for (;;) {
    const { done, value } = await run.next();
    if (done) return value;
  }
}

/** Differences of the two logits, which the probabilities tell. */
const marginsOf = (probabilities: ArrayLike<number>): number[] =>
  Array.from({ length: probabilities.length / 2 }, (_, row) =>
    Math.log(probabilities[2 * row]! / probabilities[2 * row + 1]!),
  );

const small = {
  layers: 2,
  heads: 2,
  width: 16,
  context: 16,
  pretrainingSteps: 5,
  epochs: 30,
  batchSize: 6,
  patience: 0,
};

test('a bert trained here loads everywhere and says the same', async () => {
  const model = await train({ ...small, learningRate: 5e-3 });
  const folder = await writeFolder(home, 'bert', writeHuggingFace(model, { tokenizer }));
  const { probabilities } = await answersOf(model, prepared().train);
  const loaded = await python.ask<{ ids: number[][]; logits: number[]; onnx: number[]; labels: string[] }>(
    'load',
    {
      folder,
      texts: Object.values(texts).flat(),
    },
  );
  expect(loaded.labels).toEqual(['sea', 'sea', 'sea', 'town', 'town', 'town']);
  const margins = Array.from(
    { length: 6 },
    (_, row) => loaded.logits[2 * row]! - loaded.logits[2 * row + 1]!,
  );
  expect(distance(marginsOf(probabilities!), margins)).toBeLessThan(1e-4);
  expect(distance(loaded.onnx, loaded.logits)).toBeLessThan(1e-4);
  const encode = new PreTrainedTokenizer(tokenizer, {});
  expect(loaded.ids).toEqual(
    Object.values(texts)
      .flat()
      .map((text) => encode.encode(text)),
  );

  env.allowRemoteModels = false;
  env.localModelPath = home;
  const classifier = await pipeline('text-classification', 'bert', { dtype: 'fp32', device: 'cpu' });
  const answers = (await classifier(Object.values(texts).flat())) as { label: string; score: number }[];
  await classifier.dispose();
  expect(answers.map(({ label }) => label)).toEqual(loaded.labels);
  const winning = answers.map(({ label, score }, row) => [
    score,
    probabilities![2 * row + classes.indexOf(label)]!,
  ]);
  for (const [theirs, ours] of winning) expect(Math.abs(theirs! - ours!)).toBeLessThan(1e-4);
});

const config = {
  vocab_size: Object.keys(tokenizer.model.vocab).length,
  hidden_size: 16,
  num_hidden_layers: 2,
  num_attention_heads: 4,
  intermediate_size: 64,
  max_position_embeddings: 20,
  id2label: { 0: 'sea', 1: 'town' },
};

test('a BERT classifier made by transformers loads here and gives its logits', async () => {
  const folder = join(home, 'made');
  const [ids] = [prepared().train.x.subarray(0, length)];
  const logits = await python.ask<number[]>('save', { folder, config, ids: [...ids].filter((id) => id > 0) });
  await writeFile(join(folder, 'tokenizer.json'), JSON.stringify(tokenizer));
  const model = readHuggingFace(await readFolder(folder), { context: length });
  expect(model.shape).toMatchObject({ classes, special, shape: [length] });
  const { probabilities } = await answersOf(model, { ...prepared().train, rows: 1 }, Uint32Array.of(0));
  expect(Math.abs(marginsOf(probabilities!)[0]! - (logits[0]! - logits[1]!))).toBeLessThan(1e-4);
});

test("a language model's weights begin a classifier of new classes", async () => {
  const folder = join(home, 'pretrained');
  await python.ask('save', { folder, config, ids: [], head: false });
  await writeFile(join(folder, 'vocab.txt'), Object.keys(tokenizer.model.vocab).join('\n'));
  const begun = readHuggingFace(await readFolder(folder), { classes });
  expect([...begun.tensors.keys()].filter((name) => !name.startsWith('bert.e'))).toEqual([]);
  // One step that hardly moves: the words are still where they were, the new head is there.
  const still = { ...begun.config, epochs: 1, pretrainingSteps: 0, learningRate: 1e-9, weightDecay: 0 };
  const model = await train(still, begun.tensors);
  const words = 'bert.embeddings.word_embeddings.weight';
  const [before, after] = [begun.tensors.get(words)!.data, model.tensors.get(words)!.data];
  expect(distance(before as Float32Array, after as Float32Array)).toBeLessThan(1e-6);
  expect(model.tensors.get('classifier.weight')!.shape).toEqual([2, 16]);
});
