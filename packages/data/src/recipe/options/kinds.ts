import { z } from 'zod';
import { columnName, columns, wholeNumber } from './columns.ts';
import { image } from './image.ts';

/** Steps that say what an example is: a window of a series, an image, a text. */
export const kindSteps = {
  window: z.strictObject({
    length: wholeNumber.min(1).max(10_000),
    /** The target lies this many rows after the window's last. */
    horizon: wholeNumber.min(0).max(10_000).default(1),
    order: columnName,
    columns,
    /** The column that tells several series apart. */
    series: columnName.optional(),
  }),
  image,
  tokenize: z.strictObject({
    column: columnName.default('text'),
    /** Of a text to be continued: bytes (if not said) or bpe; of texts to be classified: wordpiece, or that of a file. */
    method: z.enum(['bytes', 'bpe', 'wordpiece', 'file']).optional(),
    /** `method: file`: a tokenizer.json of the dataset. */
    file: z.string().min(1).max(500).optional(),
    /** 512 for bpe, 4,000 for wordpiece, if not said. */
    vocabulary: wholeNumber.min(257, 'must be over the 256 bytes').max(65_536).optional(),
    /** Tokens that each text to be classified is cut or filled up to; 128, if not said. */
    length: wholeNumber.min(8).max(4096).optional(),
  }),
};
