import { rawWords, readsByWords, readText } from '@banyan/engine';
import { Tokenizer as HuggingFaceTokenizer } from '@huggingface/tokenizers';
import { learnMerges, type Word } from './merges.ts';
import {
  CONTINUED,
  type Letters,
  LONGEST_WORD,
  specialTokens,
  type WordPieceJson,
  wordPieceJson,
} from './tokenizer-json.ts';

/** Different characters that the vocabulary holds, the most frequent ones; a word with another is [UNK]. */
const LARGEST_ALPHABET = 1000;

/**
 * Trains an uncased WordPiece: words in lower case and without accents, apart from signs, start as characters, and the most
 * frequent pair of neighbours becomes a piece, again and again, as Hugging Face's WordPieceTrainer does (Wu et al., 2016,
 * chose pairs by likelihood; their trainer was never published).
 * @param vocabularySize with the special tokens; the result is smaller if the texts are too short for that many pieces.
 */
export function trainWordPiece(
  texts: Iterable<string>,
  {
    vocabularySize,
    minimumCount = 2,
    letters,
    signal,
  }: {
    vocabularySize: number;
    minimumCount?: number;
    letters?: Letters | undefined;
    signal?: AbortSignal | undefined;
  },
): WordPieceJson {
  const counts = countWords(texts, letters, signal);
  const characters = frequentCharacters(counts);
  const tokens = [...Object.keys(specialTokens), ...[...characters].sort()];
  const ids = new Map(tokens.map((token, id) => [token, id]));
  const words: Word[] = [];
  for (const [word, count] of counts) {
    const spelt = spell(word);
    if (spelt.every((token) => ids.has(token)))
      words.push({ tokens: spelt.map((token) => ids.get(token)!), count });
  }
  learnMerges(words, tokens, { vocabularySize, minimumCount, joined, signal });
  return wordPieceJson(Object.fromEntries(tokens.map((token, id) => [token, id])), letters);
}

const joined = (left: string, right: string): string => left + right.slice(CONTINUED.length);

/** The characters of a word as its pieces: `w ##o ##r ##d`. */
const spell = (word: string): string[] =>
  Array.from(word, (character, at) => (at === 0 ? character : CONTINUED + character));

/** The part of a tokenizer that comes before its vocabulary. */
interface WordCutter {
  normalizer: (text: string) => string;
  pre_tokenizer: (text: string) => string[];
}

/** How often each word occurs. What white space separates is cut further once for each different one, if nothing looks across. */
function countWords(
  texts: Iterable<string>,
  letters: Letters | undefined,
  signal?: AbortSignal,
): Map<string, number> {
  const json = wordPieceJson({}, letters);
  const byWords = readsByWords(json);
  const raw = new Map<string, number>();
  for (const text of texts) {
    signal?.throwIfAborted();
    const pieces = byWords ? (text.match(rawWords) ?? []) : [text];
    for (const piece of pieces) raw.set(piece, (raw.get(piece) ?? 0) + 1);
  }
  const { normalizer, pre_tokenizer }: WordCutter = new HuggingFaceTokenizer(json, {});
  const counts = new Map<string, number>();
  for (const [word, count] of raw)
    for (const part of pre_tokenizer(normalizer(word)))
      if (part.length <= LONGEST_WORD) counts.set(part, (counts.get(part) ?? 0) + count);
  return counts;
}

/** Of equally frequent ones those that come first in the order of code units. */
function frequentCharacters(words: ReadonlyMap<string, number>): Set<string> {
  const counts = new Map<string, number>();
  for (const [word, count] of words)
    for (const token of spell(word)) counts.set(token, (counts.get(token) ?? 0) + count);
  const ordered = [...counts].sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1));
  return new Set(ordered.slice(0, LARGEST_ALPHABET).map(([token]) => token));
}

export interface WordPiece {
  /** Number of different tokens; ids are 0 to vocabulary - 1. */
  vocabulary: number;
  /** `[CLS] text [SEP]` of at most `length` tokens, and whether the text had to be cut for that. */
  encode: (text: string, length: number) => { ids: Int32Array; isCut: boolean };
}

const MOST_CACHED = 200_000;

/** Opens a WordPiece as `trainWordPiece` writes it; Hugging Face's own code gives the ids of each different word. */
export function openWordPiece(json: WordPieceJson): WordPiece {
  const tokenizer = new HuggingFaceTokenizer(json, {});
  const byWords = readsByWords(json);
  const cache = new Map<string, readonly number[]>();

  function encodeWord(word: string): readonly number[] {
    const known = cache.get(word);
    if (known) return known;
    const ids: number[] = tokenizer.encode(word, { add_special_tokens: false }).ids;
    if (byWords && cache.size < MOST_CACHED) cache.set(word, ids);
    return ids;
  }

  const [start, end] = [specialTokens['[CLS]'], specialTokens['[SEP]']];
  const reader = { start, end, encode: encodeWord, byWords };
  return {
    vocabulary: Object.keys(json.model.vocab).length,
    encode(text, length) {
      const { ids, isCut } = readText(reader, text, length);
      return { ids: Int32Array.from(ids), isCut };
    },
  };
}
