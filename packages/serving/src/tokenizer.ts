import { Tokenizer as HuggingFaceTokenizer } from '@huggingface/tokenizers';
import { reasonOf, ServingError } from './serving-error.ts';

interface TokenizerFile {
  decoder?: unknown;
  normalizer?: unknown;
  pre_tokenizer?: unknown;
  model?: unknown;
}

export interface Tokenizer {
  /** Token ids of a text, without special tokens added. */
  encode(text: string): number[];
  /** The bytes of the text a token stands for: none for a special token. */
  bytesOf(token: number): Uint8Array;
  /** A special token, as `<|endoftext|>`, ends a text. */
  isSpecial(token: number): boolean;
}

/**
 * A tokenizer from tokenizer.json. Only byte-level ones (GPT-2's kind, with or without merges) are taken: their tokens
 * are exact byte strings, so text can be streamed without guessing what decoding the whole would have given.
 *
 * @throws ServingError 'format'
 */
export function parseTokenizer(json: string): Tokenizer {
  const definition = parseObject(json);
  if (!JSON.stringify(definition.decoder ?? null).includes('"ByteLevel"'))
    throw new ServingError(
      'format',
      'tokenizer.json has no ByteLevel decoder: only byte-level tokenizers are served',
    );
  const inner = build(definition);
  const added = inner.get_added_tokens_decoder();
  const encoder = new TextEncoder();
  return {
    encode: (text) => inner.encode(text, { add_special_tokens: false }).ids,
    bytesOf(token) {
      const special = added.get(token);
      if (special !== undefined) return special.special ? new Uint8Array() : encoder.encode(special.content);
      const text = inner.id_to_token(token);
      if (text === undefined) throw new ServingError('format', `tokenizer.json has no token ${token}`);
      return Uint8Array.from([...text].map((character) => byteOf(character, token)));
    },
    isSpecial: (token) => added.get(token)?.special === true,
  };
}

/**
 * Hugging Face's own tokenizer, of whatever kind tokenizer.json is.
 *
 * @throws ServingError 'format'
 */
export const buildTokenizer = (json: string): HuggingFaceTokenizer => build(parseObject(json));

function build(definition: object): HuggingFaceTokenizer {
  try {
    return new HuggingFaceTokenizer(definition, {});
  } catch (cause) {
    throw new ServingError('format', `tokenizer.json cannot be used: ${reasonOf(cause)}`, { cause });
  }
}

/** @throws ServingError 'format' */
export function parseObject(json: string): TokenizerFile {
  try {
    const value: unknown = JSON.parse(json);
    if (typeof value === 'object' && value !== null) return value;
  } catch (cause) {
    throw new ServingError('format', `tokenizer.json is not JSON: ${reasonOf(cause)}`, { cause });
  }
  throw new ServingError('format', 'tokenizer.json is not an object');
}

/**
 * Byte-level vocabularies write each byte as one printable character: itself where it prints in Latin-1, otherwise the
 * next free one from U+0100 on (Radford et al. 2019, `bytes_to_unicode`).
 */
const bytesByCharacter: ReadonlyMap<string, number> = mapBytes();

function mapBytes(): Map<string, number> {
  const map = new Map<string, number>();
  let free = 0x100;
  for (let byte = 0; byte < 256; byte++) {
    const prints = (byte >= 0x21 && byte <= 0x7e) || (byte >= 0xa1 && byte <= 0xac) || byte >= 0xae;
    map.set(String.fromCodePoint(prints ? byte : free++), byte);
  }
  return map;
}

function byteOf(character: string, token: number): number {
  const byte = bytesByCharacter.get(character);
  if (byte === undefined)
    throw new ServingError(
      'format',
      `token ${token} of tokenizer.json is not byte-level: it holds "${character}"`,
    );
  return byte;
}
