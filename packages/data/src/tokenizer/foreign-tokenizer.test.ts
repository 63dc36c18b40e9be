import { join } from 'node:path';
import { expect, test } from 'vitest';
import { prepare } from '../prepare.ts';
import { loadSplit } from '../prepared.ts';
import { parseRecipe } from '../recipe/parse.ts';
import { temporaryFolder, writeFiles } from '../test-data.ts';
import { openForeignTokenizer } from './foreign-tokenizer.ts';

/** A Unigram whose special tokens lie at the end, beyond a gap. */
const pieces: [string, number][] = [
  ['<unk>', 0],
  ['▁good', -1],
  ['▁bad', -1],
  ['▁', -3],
  ['book', -2],
  ['s', -2],
];
const added = (ids: Record<string, number>) =>
  Object.entries(ids).map(([content, id]) => ({
    id,
    content,
    single_word: false,
    lstrip: false,
    rstrip: false,
    normalized: false,
    special: true,
  }));
const unigram = {
  version: '1.0',
  truncation: { max_length: 4 },
  padding: null,
  added_tokens: added({ '<unk>': 0, '<s>': 10, '</s>': 11, '<pad>': 12, '<mask>': 13 }),
  normalizer: { type: 'NFKC' },
  pre_tokenizer: { type: 'Metaspace', replacement: '▁', prepend_scheme: 'always', split: true },
  post_processor: { type: 'RobertaProcessing', sep: ['</s>', 11], cls: ['<s>', 10] },
  decoder: { type: 'Metaspace', replacement: '▁', prepend_scheme: 'always', split: true },
  model: { type: 'Unigram', unk_id: 0, vocab: pieces, byte_fallback: false },
};

const open = async (json: object | string) => {
  const text = typeof json === 'string' ? json : JSON.stringify(json);
  return openForeignTokenizer(writeFiles({ 'tokenizer.json': text })[0]!);
};

test('special tokens may have any ids; texts are read whole and cut to the length that is asked', async () => {
  const { special, vocabulary, encode } = await open(unigram);
  expect(special).toEqual({ pad: 12, unk: 0, cls: 10, sep: 11, mask: 13 });
  expect(vocabulary).toBe(14);
  expect(encode('good books', 10)).toEqual({ ids: Int32Array.of(10, 1, 3, 4, 5, 11), isCut: false });
  expect(encode('good books bad', 5)).toEqual({ ids: Int32Array.of(10, 1, 3, 4, 11), isCut: true });
});

test.each([
  ['not JSON', '{', 'is not JSON'],
  ['another thing', { rows: [] }, 'is no tokenizer.json: model'],
  ['another model', { ...unigram, model: { type: 'WordLevel', vocab: {} } }, 'of type WordLevel'],
  ['nothing around texts', { ...unigram, post_processor: null }, 'puts 0 tokens around a text'],
  [
    'no mask',
    { ...unigram, added_tokens: unigram.added_tokens.filter(({ content }) => content !== '<mask>') },
    'has no mask token ([MASK] or <mask>',
  ],
  [
    'an unknown token beyond all others',
    { ...unigram, model: { ...unigram.model, unk_id: 14 } },
    /has 14 for its unk token, and ids up to 13 only|cannot be used/,
  ],
  ['a normalizer nobody knows', { ...unigram, normalizer: { type: 'Magic' } }, 'cannot be used'],
])('refuses %s', async (_, json, message) => {
  await expect(open(json)).rejects.toThrow(message);
});

const rows = Array.from({ length: 60 }, (_, i) => ({
  text: `${i % 2 === 0 ? 'good' : 'bad'} ${'books '.repeat(i % 3)}`,
  mood: i % 2 === 0 ? 'up' : 'down',
}));
const recipeOf = (step: string) =>
  parseRecipe(
    `task: classification\ntarget: mood\nsteps: [ tokenize: ${step} ]\nsplit: { method: stratified }`,
  );

test('a recipe takes the file as it is: its ids and its special tokens go to what is fitted', async () => {
  const outDir = join(temporaryFolder(), 'out');
  const fitted = await prepare({
    files: writeFiles({ 'rows.json': JSON.stringify(rows) }),
    tokenizer: writeFiles({ 'tokenizer.json': JSON.stringify(unigram) })[0]!,
    recipe: recipeOf('{ method: file, file: tokenizer.json, length: 8 }'),
    seed: 1,
    outDir,
  });
  expect(fitted).toMatchObject({
    tokenizer: unigram,
    vocabulary: 14,
    special: { pad: 12, cls: 10, sep: 11, mask: 13, unk: 0 },
  });
  const { x, y } = await loadSplit(outDir, 'train');
  for (const [row, label] of Array.from(y!).entries()) {
    const ids = [...x.subarray(row * 8, row * 8 + 8)];
    expect(ids.slice(0, 2)).toEqual([10, fitted.target?.labels?.[label] === 'up' ? 1 : 2]);
    expect(ids.at(-1) === 12 || ids.at(-1) === 11).toBe(true);
  }
});

test.each([
  ['{ method: file }', 'method: file needs file'],
  ['{ file: tokenizer.json }', 'file belongs to method: file'],
  ['{ method: file, file: x.json }', 'there is no file "x.json" in the dataset'],
  ['{ method: file, file: x.json, vocabulary: 300 }', "the vocabulary is the file's"],
])('refuses %s', async (step, message) => {
  const files = writeFiles({ 'rows.json': JSON.stringify(rows) });
  const outDir = join(temporaryFolder(), 'out');
  await expect(prepare({ files, recipe: recipeOf(step), seed: 1, outDir })).rejects.toThrow(message);
});
