import { byteCharacters } from './byte-level.ts';

/** Hugging Face's tokenizer.json: of the two kinds that are made here, or of somebody else's file. */
export type TokenizerJson = ByteLevelJson | WordPieceJson | ForeignJson;

/** A tokenizer.json that came as a file; it is kept as it is. */
export interface ForeignJson {
  normalizer: unknown;
  pre_tokenizer: unknown;
  post_processor: unknown;
  decoder: unknown;
  added_tokens: { id: number; content: string }[];
  model: {
    type: 'WordPiece' | 'Unigram' | 'BPE';
    continuing_subword_prefix?: string | null;
    /** A Unigram's ids are the places of its pieces. */
    vocab: Record<string, number> | [piece: string, score: number][];
  };
}

/** The part of it that a byte-level BPE needs. */
export interface ByteLevelJson {
  version: '1.0';
  truncation: null;
  padding: null;
  added_tokens: never[];
  normalizer: null;
  pre_tokenizer: ByteLevel;
  post_processor: null;
  decoder: ByteLevel;
  model: {
    type: 'BPE';
    dropout: null;
    unk_token: null;
    continuing_subword_prefix: null;
    end_of_word_suffix: null;
    fuse_unk: false;
    byte_fallback: false;
    ignore_merges: false;
    vocab: Record<string, number>;
    /** Pairs of tokens to join, the most wanted first. */
    merges: [string, string][];
  };
}

interface ByteLevel {
  type: 'ByteLevel';
  add_prefix_space: false;
  trim_offsets: true;
  use_regex: true;
}

/** The tokenizer.json of a byte-level BPE. */
export function byteLevelJson(vocab: Record<string, number>, merges: [string, string][]): ByteLevelJson {
  const byteLevel: ByteLevel = {
    type: 'ByteLevel',
    add_prefix_space: false,
    trim_offsets: true,
    use_regex: true,
  };
  return {
    version: '1.0',
    truncation: null,
    padding: null,
    added_tokens: [],
    normalizer: null,
    pre_tokenizer: byteLevel,
    post_processor: null,
    decoder: byteLevel,
    model: {
      type: 'BPE',
      dropout: null,
      unk_token: null,
      continuing_subword_prefix: null,
      end_of_word_suffix: null,
      fuse_unk: false,
      byte_fallback: false,
      ignore_merges: false,
      vocab,
      merges,
    },
  };
}

/** The plainest tokenizer: a token's id is the value of one byte of UTF-8; a vocabulary of 256, no merges. */
export function byteTokenizer(): ByteLevelJson {
  return byteLevelJson(Object.fromEntries(byteCharacters.map((character, byte) => [character, byte])), []);
}

/** BERT's tokens that stand for no text, with their ids. */
export const specialTokens = { '[PAD]': 0, '[UNK]': 1, '[CLS]': 2, '[SEP]': 3, '[MASK]': 4 } as const;

/** The same by the names that algorithms have for them. */
export const specialIds = {
  pad: specialTokens['[PAD]'],
  unk: specialTokens['[UNK]'],
  cls: specialTokens['[CLS]'],
  sep: specialTokens['[SEP]'],
  mask: specialTokens['[MASK]'],
};

/** What a word's later pieces begin with. */
export const CONTINUED = '##';

/** Words of more characters are [UNK]. */
export const LONGEST_WORD = 100;

interface AddedToken {
  id: number;
  content: string;
  single_word: false;
  lstrip: false;
  rstrip: false;
  normalized: false;
  special: true;
}

type TemplatePart =
  | { SpecialToken: { id: string; type_id: number } }
  | { Sequence: { id: 'A' | 'B'; type_id: number } };

interface BertNormalizer {
  type: 'BertNormalizer';
  clean_text: true;
  handle_chinese_chars: true;
  strip_accents: boolean | null;
  lowercase: boolean;
}

/** What is done to a text before. */
export type Normalizer =
  | { type: 'NFC' | 'NFD' | 'NFKC' | 'NFKD' }
  | { type: 'Replace'; pattern: { Regex: string }; content: string };

/** How letters are written in a vocabulary. */
export interface Letters {
  before: Normalizer[];
  lowercase: boolean;
  stripAccents: boolean;
}

/** The part of tokenizer.json that an uncased BERT's WordPiece needs. */
export interface WordPieceJson {
  version: '1.0';
  truncation: null;
  padding: null;
  added_tokens: AddedToken[];
  normalizer: BertNormalizer | { type: 'Sequence'; normalizers: [...Normalizer[], BertNormalizer] };
  pre_tokenizer: { type: 'BertPreTokenizer' };
  post_processor: {
    type: 'TemplateProcessing';
    single: TemplatePart[];
    pair: TemplatePart[];
    special_tokens: Record<string, { id: string; ids: number[]; tokens: string[] }>;
  };
  decoder: { type: 'WordPiece'; prefix: string; cleanup: true };
  model: {
    type: 'WordPiece';
    unk_token: '[UNK]';
    continuing_subword_prefix: string;
    max_input_chars_per_word: number;
    vocab: Record<string, number>;
  };
}

const special = (id: '[CLS]' | '[SEP]', type_id = 0): TemplatePart => ({ SpecialToken: { id, type_id } });

const sequence = (id: 'A' | 'B', type_id: number): TemplatePart => ({ Sequence: { id, type_id } });

/** The tokenizer.json of a WordPiece whose vocabulary begins with the special tokens: `[CLS] text [SEP]`. */
export function wordPieceJson(vocab: Record<string, number>, letters?: Letters): WordPieceJson {
  const bert: BertNormalizer = {
    type: 'BertNormalizer',
    clean_text: true,
    handle_chinese_chars: true,
    strip_accents: letters === undefined ? null : letters.stripAccents,
    lowercase: letters?.lowercase ?? true,
  };
  const single = [special('[CLS]'), sequence('A', 0), special('[SEP]')];
  return {
    version: '1.0',
    truncation: null,
    padding: null,
    added_tokens: Object.entries(specialTokens).map(([content, id]) => ({
      id,
      content,
      single_word: false,
      lstrip: false,
      rstrip: false,
      normalized: false,
      special: true,
    })),
    normalizer:
      letters === undefined || letters.before.length === 0
        ? bert
        : { type: 'Sequence', normalizers: [...letters.before, bert] },
    pre_tokenizer: { type: 'BertPreTokenizer' },
    post_processor: {
      type: 'TemplateProcessing',
      single,
      pair: [...single, sequence('B', 1), special('[SEP]', 1)],
      special_tokens: Object.fromEntries(
        (['[CLS]', '[SEP]'] as const).map((token) => [
          token,
          { id: token, ids: [specialTokens[token]], tokens: [token] },
        ]),
      ),
    },
    decoder: { type: 'WordPiece', prefix: CONTINUED, cleanup: true },
    model: {
      type: 'WordPiece',
      unk_token: '[UNK]',
      continuing_subword_prefix: CONTINUED,
      max_input_chars_per_word: LONGEST_WORD,
      vocab,
    },
  };
}
