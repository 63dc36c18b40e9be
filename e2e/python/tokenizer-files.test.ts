import { readForeignTokenizer } from '@banyan/data';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openPython, type Python } from './python.ts';

let python: Python;
beforeAll(async () => {
  python = await openPython('tokenizer_files.py');
}, 240_000);
afterAll(() => python?.close());

const texts = [
  'the good book',
  'Books  and   SEAS\n\tin the rain ',
  'naïve Cafés ... 3.5km, ½ of it!',
  'unknown: 漢字 Ω 😀 z',
  '',
  'the book of the sea and a bad day in the rain '.repeat(8),
  '[MASK] good <mask>',
];

it.each(['WordPiece', 'Unigram', 'BPE'])(
  'reads a %s as Python does, whatever its special ids',
  async (kind) => {
    const length = 24;
    const { json, ids } = await python.ask<{ json: string; ids: number[][] }>('encode', {
      kind,
      texts,
      length,
    });
    const { encode, special } = readForeignTokenizer(json);
    expect(texts.map((text) => [...encode(text, length).ids])).toEqual(ids);
    expect([special.cls, special.sep]).toEqual([ids[0]?.[0], ids[0]?.at(-1)]);
  },
);
