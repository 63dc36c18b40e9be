import { byteCharacters } from './byte-level.ts';

/** The part of Hugging Face's tokenizer.json that a byte-level BPE needs. */
export interface TokenizerJson {
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
export function tokenizerJson(vocab: Record<string, number>, merges: [string, string][]): TokenizerJson {
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
export function byteTokenizer(): TokenizerJson {
  return tokenizerJson(Object.fromEntries(byteCharacters.map((character, byte) => [character, byte])), []);
}
