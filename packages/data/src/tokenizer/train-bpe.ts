import { byteCharacters, toByteCharacters, wordPattern } from './byte-level.ts';
import { learnMerges, type Word } from './merges.ts';
import { type ByteLevelJson, byteLevelJson } from './tokenizer-json.ts';

/**
 * Trains byte-level BPE: starting from the 256 bytes, joins the most frequent pair of neighbours within words, again and
 * again, until the vocabulary is full or no pair occurs `minimumCount` times.
 * @param vocabularySize 256 or more; the result is smaller if the texts are too short for that many joins.
 */
export function trainBpe(
  texts: Iterable<string>,
  {
    vocabularySize,
    minimumCount = 2,
    signal,
  }: { vocabularySize: number; minimumCount?: number; signal?: AbortSignal | undefined },
): ByteLevelJson {
  const tokens = byteCharacters.toSorted();
  const words = countWords(texts, new Map(tokens.map((token, id) => [token, id])), signal);
  const merges = learnMerges(words, tokens, { vocabularySize, minimumCount, joined, signal });
  return byteLevelJson(Object.fromEntries(tokens.map((token, id) => [token, id])), merges);
}

const joined = (left: string, right: string): string => left + right;

/** Each different word with how often it occurs, as the ids of its bytes. */
function countWords(texts: Iterable<string>, ids: ReadonlyMap<string, number>, signal?: AbortSignal): Word[] {
  const counts = new Map<string, number>();
  for (const text of texts) {
    signal?.throwIfAborted();
    for (const [word] of text.matchAll(wordPattern)) counts.set(word, (counts.get(word) ?? 0) + 1);
  }
  return Array.from(counts, ([word, count]) => ({
    tokens: Array.from(toByteCharacters(word), (character) => ids.get(character)!),
    count,
  }));
}
