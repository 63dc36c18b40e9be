/** As much of a tokenizer.json as tells how texts are read with it. */
interface TokenizerForm {
  normalizer?: unknown;
  pre_tokenizer?: unknown;
  model?: unknown;
}

/** Token ids of a text, without the special tokens around it. */
export type Encode = (text: string) => readonly number[];

export interface TextReader {
  /** The token before a text, and the one after it. */
  start: number;
  end: number;
  encode: Encode;
  /** What white space separates is encoded apart: the same ids, at a cost that the length bounds. */
  byWords: boolean;
}

/**
 * What is cut at white space. Vertical tabs, form feeds and byte-order marks are none: BERT's tokenizers drop them like other
 * control characters.
 */
export const rawWords: RegExp = /[\S\v\f\uFEFF]+/gu;

/** Characters between two white spaces that are read: what follows could only cost time. */
const MOST_OF_A_WORD = 10_000;

/** Characters for each token that a text may have, which no text that is read by its tokens ever needs. */
const CHARACTERS_A_TOKEN = 100;

/**
 * Whether nothing in a tokenizer looks across white space, as in BERT's: its texts may be cut there and each word read once.
 * A replacement may look across, unless it is one of those that a preparation writes.
 */
export function readsByWords({ normalizer, pre_tokenizer, model }: TokenizerForm): boolean {
  const normalizers = typeOf(normalizer) === 'Sequence' ? listOf(normalizer) : [normalizer];
  return (
    typeOf(model) === 'WordPiece' &&
    typeOf(pre_tokenizer) === 'BertPreTokenizer' &&
    normalizers.every(
      (one) =>
        ['BertNormalizer', 'NFC', 'NFD', 'NFKC', 'NFKD'].includes(typeOf(one)) ||
        (typeOf(one) === 'Replace' && isOwnPattern(one)),
    )
  );
}

/** Patterns that `normalize-text` writes; none of them matches white space. */
export const textPatterns = {
  urls: 'https?://\\S+|www\\.\\S+',
  mails: '[^\\s@<>]+@[^\\s@<>]+\\.[^\\s@<>]+',
  numbers: '[0-9]+([.,][0-9]+)*',
} as const;

function isOwnPattern(value: unknown): boolean {
  const { pattern, content } = value as { pattern?: { Regex?: string }; content?: string };
  return (
    (Object.values(textPatterns) as (string | undefined)[]).includes(pattern?.Regex) &&
    !/\s/u.test(content ?? '')
  );
}

const typeOf = (value: unknown): string =>
  typeof value === 'object' && value !== null && 'type' in value ? String(value.type) : '';

const listOf = (value: unknown): unknown[] => {
  const { normalizers } = value as { normalizers?: unknown };
  return Array.isArray(normalizers) ? normalizers : [];
};

/**
 * A text as the tokens that a model reads, in training and when it is served: `start text end`, at most `length` of them.
 * `isCut`: more would have come, or just as many as fit.
 */
export function readText(
  { start, end, encode, byWords }: TextReader,
  text: string,
  length: number,
): { ids: number[]; isCut: boolean } {
  const ids = [start];
  if (byWords)
    for (const [word] of text.matchAll(rawWords)) {
      if (ids.length >= length) break;
      for (const id of encode(word.slice(0, MOST_OF_A_WORD))) ids.push(id);
    }
  else for (const id of encode(beginning(text, length * CHARACTERS_A_TOKEN))) ids.push(id);
  const isCut = ids.length >= length;
  return { ids: [...ids.slice(0, length - 1), end], isCut };
}

/** Without half a character at its end. */
function beginning(text: string, most: number): string {
  if (text.length <= most) return text;
  const last = text.charCodeAt(most - 1);
  return text.slice(0, last >= 0xd800 && last < 0xdc00 ? most - 1 : most);
}
