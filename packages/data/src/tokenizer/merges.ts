import { createHeap } from './heap.ts';

/** A word as the ids of its tokens, and how often it occurs. */
export interface Word {
  tokens: number[];
  count: number;
}

export interface MergeOptions {
  /** Tokens there may be in the end. */
  vocabularySize: number;
  /** A pair that occurs less often is not joined. */
  minimumCount: number;
  /** What a joined pair is called. */
  joined: (left: string, right: string) => string;
  signal?: AbortSignal | undefined;
}

interface Candidate {
  left: number;
  right: number;
  count: number;
}

/**
 * Joins the most frequent pair of neighbours within words, again and again (Sennrich et al., 2016,
 * https://arxiv.org/abs/1508.07909), until the vocabulary is full or no pair is frequent enough. Equally frequent pairs go
 * by their ids, as in Hugging Face's trainers. Appends the new tokens to `tokens`, whose indices are the ids.
 *
 * @returns the pairs in the order in which they were joined
 */
export function learnMerges(
  words: readonly Word[],
  tokens: string[],
  { vocabularySize, minimumCount, joined, signal }: MergeOptions,
): [string, string][] {
  const pairs = countPairs(words);
  const heap = createHeap<Candidate>(
    (a, b) =>
      a.count > b.count ||
      (a.count === b.count && (a.left < b.left || (a.left === b.left && a.right < b.right))),
  );
  for (const { candidate } of pairs.values()) heap.push({ ...candidate });

  const ids = new Map(tokens.map((token, id) => [token, id]));
  const merges: [string, string][] = [];
  while (tokens.length < vocabularySize) {
    signal?.throwIfAborted();
    const top = heap.pop();
    if (!top || top.count < minimumCount) break;
    const pair = pairs.get(keyOf(top.left, top.right))!;
    // Counts that fell since the candidate was pushed are mended only now.
    if (pair.candidate.count !== top.count) {
      heap.push({ ...pair.candidate });
      continue;
    }
    const [left, right] = [tokens[top.left]!, tokens[top.right]!];
    merges.push([left, right]);
    // Two pairs may spell the same token: ab c and a bc.
    const name = joined(left, right);
    const id = ids.get(name) ?? tokens.push(name) - 1;
    ids.set(name, id);
    for (const candidate of joinEverywhere(pairs, words, pair, id)) heap.push(candidate);
  }
  return merges;
}

/** A pair's count over all words, and the words that (may still) have it. */
interface Pair {
  candidate: Candidate;
  words: Set<number>;
}
type Pairs = Map<number, Pair>;

/** Ids stay below 2^20, so a pair of them is one exact number. */
const keyOf = (left: number, right: number): number => left * 2 ** 20 + right;

function countPairs(words: readonly Word[]): Pairs {
  const pairs: Pairs = new Map();
  for (const [index, word] of words.entries()) changePairs(pairs, word, index, word.count);
  return pairs;
}

/** Adds `change` to the count of each pair in the word. */
function changePairs(pairs: Pairs, { tokens }: Word, index: number, change: number): void {
  for (let i = 1; i < tokens.length; i++) {
    const [left, right] = [tokens[i - 1]!, tokens[i]!];
    const key = keyOf(left, right);
    let pair = pairs.get(key);
    if (!pair) pairs.set(key, (pair = { candidate: { left, right, count: 0 }, words: new Set() }));
    pair.candidate.count += change;
    if (change > 0) pair.words.add(index);
  }
}

/** Joins a pair in every word that has it; gives the pairs that this brings forth, with their counts. */
function joinEverywhere(pairs: Pairs, words: readonly Word[], pair: Pair, joined: number): Candidate[] {
  const { left, right } = pair.candidate;
  const fresh = new Set<number>();
  for (const index of pair.words) {
    const word = words[index]!;
    changePairs(pairs, word, index, -word.count);
    word.tokens = join(word.tokens, left, right, joined);
    changePairs(pairs, word, index, word.count);
    for (let i = 1; i < word.tokens.length; i++) {
      const [a, b] = [word.tokens[i - 1]!, word.tokens[i]!];
      if (a === joined || b === joined) fresh.add(keyOf(a, b));
    }
  }
  return Array.from(fresh, (key) => ({ ...pairs.get(key)!.candidate }));
}

/** The tokens with each `left` followed by `right` replaced by `joined`, from left to right. */
export function join(tokens: readonly number[], left: number, right: number, joined: number): number[] {
  const result: number[] = [];
  for (let i = 0; i < tokens.length; i++) {
    if (tokens[i] === left && tokens[i + 1] === right) {
      result.push(joined);
      i++;
    } else {
      result.push(tokens[i]!);
    }
  }
  return result;
}
