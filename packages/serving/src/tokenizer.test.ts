import { expect, test } from 'vitest';
import { byteTokenizerJson, tinyBpeJson } from './fixtures/tokenizers.ts';
import { parseTokenizer } from './tokenizer.ts';

const sentence = 'Call me Ishmael — 5 naïve 🐋\n\tüber\u0000…  two spaces';

function decode(tokenizer: ReturnType<typeof parseTokenizer>, ids: readonly number[]): string {
  return new TextDecoder().decode(Uint8Array.from(ids.flatMap((id) => [...tokenizer.bytesOf(id)])));
}

test('the 256-byte tokenizer: one token a byte, and back', () => {
  const tokenizer = parseTokenizer(byteTokenizerJson());
  const ids = tokenizer.encode(sentence);
  expect(ids).toEqual([...new TextEncoder().encode(sentence)]);
  expect(decode(tokenizer, ids)).toBe(sentence);
});

test('byte-level BPE merges, gives back every byte, and knows its special tokens', () => {
  const tokenizer = parseTokenizer(tinyBpeJson());
  const ids = tokenizer.encode(sentence);
  expect(ids.length).toBeLessThan(new TextEncoder().encode(sentence).length);
  expect(decode(tokenizer, ids)).toBe(sentence);
  const end = tokenizer.encode('<|endoftext|>');
  expect(end).toHaveLength(1);
  expect(tokenizer.isSpecial(end[0]!)).toBe(true);
  expect(tokenizer.bytesOf(end[0]!)).toHaveLength(0);
  expect(tokenizer.isSpecial(ids[0]!)).toBe(false);
});

test('what is no byte-level tokenizer is refused', () => {
  expect(() => parseTokenizer('{')).toThrow('tokenizer.json is not JSON');
  expect(() => parseTokenizer('[]')).toThrow('ByteLevel');
  expect(() => parseTokenizer('{"decoder":{"type":"WordPiece"}}')).toThrow('only byte-level');
  expect(() => parseTokenizer('{"decoder":{"type":"ByteLevel"}}')).toThrow('tokenizer.json cannot be used');
});
