import { DataError } from '../error.ts';
import { byteCharacters, toByteCharacters, wordPattern } from './byte-level.ts';
import { join } from './merges.ts';
import type { ByteLevelJson } from './tokenizer-json.ts';

export interface Tokenizer {
  /** Number of different tokens; ids are 0 to vocabulary - 1. */
  vocabulary: number;
  encode(text: string): Int32Array;
  /** The ids' text. Ids that stop within a character end in U+FFFD; `decodeBytes` gives what is there. */
  decode(ids: ArrayLike<number>): string;
  decodeBytes(ids: ArrayLike<number>): Uint8Array;
}

/**
 * Opens a byte-level BPE as `trainBpe` and `byteTokenizer` write it. Gives the same ids as Hugging Face's tokenizers
 * do for that file, several times faster, as each different word is worked out once.
 * @throws DataError 'format' for a tokenizer.json of another kind.
 */
export function openTokenizer(json: ByteLevelJson): Tokenizer {
  const { model, pre_tokenizer: words } = json;
  if (
    model?.type !== 'BPE' ||
    words?.type !== 'ByteLevel' ||
    json.normalizer !== null ||
    json.added_tokens.length > 0
  ) {
    throw new DataError(
      'format',
      'this tokenizer.json is no plain byte-level BPE; prepare the text again with a tokenize step',
    );
  }
  const ids = new Map(Object.entries(model.vocab));
  const bytesOf: Uint8Array[] = [];
  const byteOf = new Map(byteCharacters.map((character, byte) => [character, byte]));
  for (const [token, id] of ids) bytesOf[id] = Uint8Array.from(token, (character) => byteOf.get(character)!);
  const ranks = new Map<number, { rank: number; joined: number }>();
  for (const [rank, [left, right]] of model.merges.entries()) {
    ranks.set(pairKey(ids.get(left)!, ids.get(right)!), { rank, joined: ids.get(left + right)! });
  }

  const cache = new Map<string, readonly number[]>();
  /** Joins the pair of lowest rank until none is left. */
  function encodeWord(word: string): readonly number[] {
    const known = cache.get(word);
    if (known) return known;
    let tokens = Array.from(toByteCharacters(word), (character) => ids.get(character)!);
    for (;;) {
      let best: { rank: number; joined: number; at: number } | undefined;
      for (let i = 1; i < tokens.length; i++) {
        const merge = ranks.get(pairKey(tokens[i - 1]!, tokens[i]!));
        if (merge && (!best || merge.rank < best.rank)) best = { ...merge, at: i };
      }
      if (!best) break;
      tokens = join(tokens, tokens[best.at - 1]!, tokens[best.at]!, best.joined);
    }
    if (cache.size < 200_000) cache.set(word, tokens);
    return tokens;
  }

  function decodeBytes(given: ArrayLike<number>): Uint8Array {
    return Buffer.concat(Array.from(given, (id) => bytesOf[id] ?? new Uint8Array()));
  }

  return {
    vocabulary: ids.size,
    encode(text) {
      const tokens: number[] = [];
      for (const [word] of text.matchAll(wordPattern)) for (const id of encodeWord(word)) tokens.push(id);
      return Int32Array.from(tokens);
    },
    decode: (given) => new TextDecoder('utf-8', { ignoreBOM: true }).decode(decodeBytes(given)),
    decodeBytes,
  };
}

const pairKey = (left: number, right: number): number => left * 2 ** 20 + right;
