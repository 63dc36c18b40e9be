import { BIGINT, DuckDBDataChunk, INTEGER, LIST, listValue, VARCHAR } from '@duckdb/node-api';
import { DataError } from '../../error.ts';
import type { Fitted } from '../../fitted.ts';
import type { InputFile } from '../../import/source.ts';
import { identifier } from '../../sql.ts';
import { openForeignTokenizer } from '../../tokenizer/foreign-tokenizer.ts';
import { openTokenizer } from '../../tokenizer/open-tokenizer.ts';
import { byteTokenizer, specialIds } from '../../tokenizer/tokenizer-json.ts';
import { trainBpe } from '../../tokenizer/train-bpe.ts';
import { openWordPiece, trainWordPiece } from '../../tokenizer/word-piece.ts';
import type { StepOptions } from '../schema.ts';
import { dropRows, inTraining, own, remake, type Work } from '../work.ts';
import { lettersOf } from './text.ts';

/**
 * One or two documents cannot be split by document, so they are cut into about a hundred pieces at line ends first. Texts
 * to classify stay whole.
 */
export async function cutDocuments(work: Work, { column }: StepOptions['tokenize']): Promise<void> {
  const text = identifier(column);
  await dropRows(work, `${text} IS NULL`, `"${column}" is empty`);
  const [documents] = await work.tables.row<[number]>('SELECT count(*) FROM data');
  if (documents > 2 || work.roles.task === 'classification') return;
  const rows = await work.tables.rows<[number, string]>(`SELECT ${own.row}, ${text} FROM data ORDER BY 1`);
  const pieces = rows.flatMap(([row, document]) =>
    cutText(document).map((piece) => ({ row: BigInt(row), piece })),
  );
  await work.tables.run('CREATE TABLE pieces (place BIGINT, "row" BIGINT, piece VARCHAR)');
  await work.tables.append(
    'pieces',
    pieces.map(({ row, piece }, place) => chunkOf([BIGINT, BIGINT, VARCHAR], [BigInt(place), row, piece])),
  );
  await remake(
    work,
    `SELECT data.* REPLACE (pieces.place AS ${own.row}, pieces.piece AS ${text})
     FROM data JOIN pieces ON ${own.row} = pieces."row" ORDER BY pieces.place`,
  );
  await work.tables.run('DROP TABLE pieces');
  work.notes.push(
    `${documents === 1 ? 'the one document was' : 'the two documents were'} cut into ${pieces.length} pieces, so that there is something to split`,
  );
}

/** Pieces of whole lines, of a hundredth of the text or 500 characters at least; a longer line is cut anywhere. */
function cutText(text: string): string[] {
  const size = Math.max(500, Math.ceil(text.length / 100));
  const pieces: string[] = [];
  let piece = '';
  for (const line of text.match(new RegExp(`[^\\n]{0,${2 * size}}\\n?`, 'gu')) ?? []) {
    piece += line;
    if (piece.length < size) continue;
    pieces.push(piece);
    piece = '';
  }
  if (piece !== '') pieces.push(piece);
  return pieces;
}

/** What tokenising adds to what is fitted. */
type Tokens = Pick<Fitted, 'tokenizer' | 'vocabulary' | 'special' | 'bytesPerToken'>;

/** Turns each document into token ids (table `tokens`), with a tokeniser that needs no training or had it on the training split. */
export async function tokenize(
  work: Work,
  options: StepOptions['tokenize'],
  file: InputFile | undefined,
  signal?: AbortSignal,
): Promise<Tokens> {
  return work.roles.task === 'classification'
    ? tokenizeTexts(work, options, file, signal)
    : tokenizeStream(work, options, signal);
}

/** Documents are read one after another, so each that does not end its last line gets a line end. */
async function tokenizeStream(
  work: Work,
  { column, method = 'bytes', vocabulary = 512 }: StepOptions['tokenize'],
  signal?: AbortSignal,
): Promise<Tokens> {
  const text = identifier(column);
  const ended = `CASE WHEN ${text} LIKE '%' || chr(10) THEN ${text} ELSE ${text} || chr(10) END`;
  const json =
    method === 'bytes'
      ? byteTokenizer()
      : trainBpe(await trainingTexts(work, ended), { vocabularySize: vocabulary, signal });
  const tokenizer = openTokenizer(json);
  if (method === 'bpe') noteVocabulary(work, tokenizer.vocabulary, vocabulary);
  const bytes = [0, 0, 0];
  const counts = [0, 0, 0];
  await encodeAll(work, ended, (document, split) => {
    const ids = tokenizer.encode(document);
    bytes[split]! += Buffer.byteLength(document);
    counts[split]! += ids.length;
    return ids;
  });
  const measured = counts[2]! > 0 ? 2 : 0;
  return {
    tokenizer: json,
    vocabulary: tokenizer.vocabulary,
    bytesPerToken: bytes[measured]! / counts[measured]!,
  };
}

/** Each text is an example of its own: `[CLS] text [SEP]`, cut to the length that `textLength` says. */
async function tokenizeTexts(
  work: Work,
  options: StepOptions['tokenize'],
  file: InputFile | undefined,
  signal?: AbortSignal,
): Promise<Tokens> {
  const text = identifier(options.column);
  const { encode, ...tokens } =
    options.method === 'file'
      ? await givenTokenizer(work, options, file)
      : await trained(work, options, signal);
  let [cut, all, unknown, read] = [0, 0, 0, 0];
  await encodeAll(work, text, (document) => {
    const { ids, isCut } = encode(document, textLength(options));
    cut += Number(isCut);
    all += 1;
    read += ids.length - 2;
    for (const id of ids) unknown += Number(id === tokens.special.unk);
    return ids;
  });
  if (cut > 0)
    work.notes.push(
      `${cut} of ${all} texts have more than ${textLength(options)} tokens; what comes after is not read (tokenize: { length: ... })`,
    );
  if (options.method === 'file' && unknown * 20 > read)
    work.notes.push(
      `${Math.round((100 * unknown) / read)} % of the tokens are unknown to ${options.file}; it was made for other texts`,
    );
  return tokens;
}

/** The tokenizer that the training texts give. */
async function trained(
  work: Work,
  { column, vocabulary = 4000 }: StepOptions['tokenize'],
  signal: AbortSignal | undefined,
) {
  const tokenizer = trainWordPiece(await trainingTexts(work, identifier(column)), {
    vocabularySize: vocabulary,
    letters: lettersOf(work.recipe, column),
    signal,
  });
  const encoder = openWordPiece(tokenizer);
  noteVocabulary(work, encoder.vocabulary, vocabulary);
  return { tokenizer, vocabulary: encoder.vocabulary, special: specialIds, encode: encoder.encode };
}

/** The tokenizer of a file, as it is. */
async function givenTokenizer(
  work: Work,
  { file: name }: StepOptions['tokenize'],
  file: InputFile | undefined,
) {
  if (file === undefined)
    throw new DataError('recipe', `tokenize: there is no file "${name}" in the dataset`, { file: name });
  const { json: tokenizer, vocabulary, special, notes, encode } = await openForeignTokenizer(file);
  work.notes.push(...notes);
  return { tokenizer, vocabulary, special, encode };
}

/** Tokens of every text to be classified. */
export const textLength = ({ length = 128 }: StepOptions['tokenize']): number => length;

function noteVocabulary(work: Work, found: number, wanted: number): void {
  if (found < wanted) work.notes.push(`the training text gives a vocabulary of ${found}, not ${wanted}`);
}

async function trainingTexts(work: Work, text: string): Promise<string[]> {
  const rows = await work.tables.rows<[string]>(
    `SELECT ${text} FROM data WHERE ${inTraining} ORDER BY ${own.row}`,
  );
  return rows.map(([document]) => document);
}

/** Writes the table `tokens`. */
async function encodeAll(
  work: Work,
  text: string,
  encode: (document: string, split: number) => Int32Array,
): Promise<void> {
  async function* encoded(): AsyncGenerator<DuckDBDataChunk> {
    const documents = await work.tables.rows<[number, number, string]>(
      `SELECT ${own.row}, ${own.split}, ${text} FROM data ORDER BY ${own.row}`,
    );
    for (const [row, split, document] of documents)
      yield chunkOf([BIGINT, LIST(INTEGER)], [BigInt(row), listValue(Array.from(encode(document, split)))]);
  }
  await work.tables.run(`CREATE TABLE tokens (${own.row} BIGINT, ${own.tokens} INTEGER[])`);
  await work.tables.append('tokens', encoded());
}

function chunkOf(
  types: Parameters<typeof DuckDBDataChunk.create>[0],
  values: Parameters<DuckDBDataChunk['setRows']>[0][number],
): DuckDBDataChunk {
  const chunk = DuckDBDataChunk.create(types, 1);
  chunk.setRows([values]);
  return chunk;
}
