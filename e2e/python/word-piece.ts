/** BERT's special tokens in the order that a vocabulary begins with. */
export const special = { pad: 0, unk: 1, cls: 2, sep: 3, mask: 4 };

const part = (id: string) => ({ SpecialToken: { id, type_id: 0 } });

/** tokenizer.json of a WordPiece whose pieces are the words of some texts. */
export function wordPiece(texts: string[]) {
  const tokens = Object.keys(special).map((name) => `[${name.toUpperCase()}]`);
  const words = new Set(texts.flatMap((text) => text.split(' ')));
  return {
    version: '1.0',
    truncation: null,
    padding: null,
    added_tokens: tokens.map((content, id) => ({
      id,
      content,
      single_word: false,
      lstrip: false,
      rstrip: false,
      normalized: false,
      special: true,
    })),
    normalizer: {
      type: 'BertNormalizer',
      clean_text: true,
      handle_chinese_chars: true,
      strip_accents: null,
      lowercase: true,
    },
    pre_tokenizer: { type: 'BertPreTokenizer' },
    post_processor: {
      type: 'TemplateProcessing',
      single: [part('[CLS]'), { Sequence: { id: 'A', type_id: 0 } }, part('[SEP]')],
      pair: [
        part('[CLS]'),
        { Sequence: { id: 'A', type_id: 0 } },
        part('[SEP]'),
        { Sequence: { id: 'B', type_id: 1 } },
        { SpecialToken: { id: '[SEP]', type_id: 1 } },
      ],
      special_tokens: {
        '[CLS]': { id: '[CLS]', ids: [special.cls], tokens: ['[CLS]'] },
        '[SEP]': { id: '[SEP]', ids: [special.sep], tokens: ['[SEP]'] },
      },
    },
    decoder: { type: 'WordPiece', prefix: '##', cleanup: true },
    model: {
      type: 'WordPiece',
      unk_token: '[UNK]',
      continuing_subword_prefix: '##',
      max_input_chars_per_word: 100,
      vocab: Object.fromEntries([...tokens, ...words].map((token, id) => [token, id])),
    },
  };
}
