import { readFile, stat } from 'node:fs/promises';
import { readsByWords, readText } from '@banyan/engine';
import { Tokenizer as HuggingFaceTokenizer } from '@huggingface/tokenizers';
import { z } from 'zod';
import { DataError } from '../error.ts';
import type { Fitted } from '../fitted.ts';
import type { InputFile } from '../import/source.ts';
import type { ForeignJson } from './tokenizer-json.ts';

const mostBytes = 64 << 20;

/** A network has a row of weights for each. */
const mostTokens = 300_000;

const mostCached = 200_000;

const token = z.looseObject({ id: z.int().min(0), content: z.string(), special: z.boolean().default(false) });
const schema = z.looseObject({
  added_tokens: z.array(token).default([]),
  model: z.looseObject({
    type: z.string().optional(),
    unk_token: z.string().nullish(),
    unk_id: z.int().min(0).nullish(),
    vocab: z.union([z.record(z.string(), z.int().min(0)), z.array(z.tuple([z.string(), z.number()]))]),
  }),
});
type Parsed = z.output<typeof schema>;

/** Names that a special token goes by, the more usual first. */
const known = {
  pad: ['[PAD]', '<pad>', '<|pad|>'],
  mask: ['[MASK]', '<mask>', '<|mask|>'],
  unk: ['[UNK]', '<unk>'],
} as const;

/** A tokenizer of somebody else's, for texts to classify. */
export interface ForeignTokenizer {
  json: ForeignJson;
  /** One more than the greatest id. */
  vocabulary: number;
  special: NonNullable<Fitted['special']>;
  /** What a person should know about how it is read here. */
  notes: string[];
  /** `[CLS] text [SEP]` of at most `length` tokens, whatever these two are called, and whether the text had to be cut. */
  encode: (text: string, length: number) => { ids: Int32Array; isCut: boolean };
}

/**
 * Opens a tokenizer.json: WordPiece, Unigram or BPE. The ids of its special tokens may be any.
 * @throws DataError 'format' that names what it lacks, or what of it is not known here.
 */
export async function openForeignTokenizer({ path, name }: InputFile): Promise<ForeignTokenizer> {
  const { size } = await stat(path);
  if (size > mostBytes)
    throw new DataError('too-large', `${name} is larger than 64 MB; is it a tokenizer.json?`, { file: name });
  return readForeignTokenizer(await readFile(path, 'utf8'), name);
}

/** The same for its text. */
export function readForeignTokenizer(text: string, name = 'tokenizer.json'): ForeignTokenizer {
  const refuse = (why: string, cause?: unknown) =>
    new DataError('format', `${name} ${why}`, { file: name }, cause);
  let json: ForeignJson;
  try {
    json = JSON.parse(text) as ForeignJson;
  } catch (error) {
    throw refuse('is not JSON; it must be a tokenizer.json as Hugging Face writes it', error);
  }
  const parsed = schema.safeParse(json);
  if (!parsed.success)
    throw refuse(`is no tokenizer.json: ${parsed.error.issues[0]?.path.join('.')} is not as it should be`);
  const { model } = parsed.data;
  const type = model.type ?? 'none';
  if (!['WordPiece', 'Unigram', 'BPE'].includes(type))
    throw refuse(`has a model of type ${type}; WordPiece, Unigram and BPE are known`);
  let tokenizer: HuggingFaceTokenizer;
  try {
    // Padding and truncation are done here, to the length of the recipe.
    tokenizer = new HuggingFaceTokenizer(json, {});
  } catch (error) {
    throw refuse(`cannot be used: ${error instanceof Error ? error.message : String(error)}`, error);
  }
  const ids = idsOf(parsed.data);
  const vocabulary = [...ids.values()].reduce((most, id) => Math.max(most, id), -1) + 1;
  if (vocabulary > mostTokens)
    throw refuse(`has ids up to ${vocabulary - 1}; a model takes ${mostTokens} tokens at most`);
  const special = specialOf(tokenizer, parsed.data, ids, refuse);
  for (const [part, id] of Object.entries(special))
    if (id >= vocabulary)
      throw refuse(`has ${id} for its ${part} token, and ids up to ${vocabulary - 1} only`);

  const cache = new Map<string, readonly number[]>();
  const reader = {
    start: special.cls,
    end: special.sep,
    byWords: readsByWords(json),
    encode(part: string): readonly number[] {
      const found = cache.get(part);
      if (found) return found;
      const encoded: number[] = tokenizer.encode(part, { add_special_tokens: false }).ids;
      const odd = encoded.find((id) => !Number.isInteger(id));
      if (odd !== undefined)
        throw refuse(`has no token for a part of "${part.slice(0, 40)}", and none for what is unknown`);
      if (reader.byWords && cache.size < mostCached) cache.set(part, encoded);
      return encoded;
    },
  };
  const notes = text.includes('"Precompiled"')
    ? [
        `${name} normalises by a table of SentencePiece, of which its usual rules (NFKC) are followed; rare signs may become other tokens than in Python`,
      ]
    : [];
  return {
    json,
    vocabulary,
    special,
    notes,
    encode(document, length) {
      const { ids: read, isCut } = readText(reader, document, length);
      return { ids: Int32Array.from(read), isCut };
    },
  };
}

function idsOf({ added_tokens: added, model }: Parsed): Map<string, number> {
  const entries: [string, number][] = Array.isArray(model.vocab)
    ? model.vocab.map(([piece], id) => [piece, id])
    : Object.entries(model.vocab);
  return new Map([...entries, ...added.map(({ content, id }): [string, number] => [content, id])]);
}

function specialOf(
  tokenizer: HuggingFaceTokenizer,
  { model }: Parsed,
  ids: ReadonlyMap<string, number>,
  refuse: (why: string) => DataError,
): ForeignTokenizer['special'] {
  const around: number[] = tokenizer.encode('', { add_special_tokens: true }).ids;
  const [cls, sep] = around;
  if (cls === undefined || sep === undefined || around.length > 2)
    throw refuse(
      `puts ${around.length} tokens around a text; its post_processor must put one before it and one after it, as [CLS] text [SEP] or <s> text </s>, by which the class is read`,
    );
  const find = (part: keyof typeof known): number | undefined =>
    known[part].map((name) => ids.get(name)).find((id) => id !== undefined);
  const unkToken =
    model.unk_token === undefined || model.unk_token === null ? undefined : ids.get(model.unk_token);
  const pad = find('pad');
  const mask = find('mask');
  const unk = model.unk_id ?? unkToken ?? find('unk');
  for (const [part, id] of Object.entries({ pad, mask, unk }))
    if (id === undefined)
      throw refuse(
        `has no ${part} token (${known[part as keyof typeof known].join(' or ')}), which ${needs[part as keyof typeof needs]}`,
      );
  return { pad: pad!, unk: unk!, cls, sep, mask: mask! };
}

const needs = {
  pad: 'fills short texts up',
  mask: 'stands for words that are guessed in training, and left out in explanations',
  unk: 'stands for what the vocabulary does not have',
} as const;
