import { BIGINT, DuckDBDataChunk, INTEGER, LIST, listValue, VARCHAR } from '@duckdb/node-api';
import type { Fitted } from '../fitted.ts';
import { identifier } from '../sql.ts';
import { openTokenizer } from '../tokenizer/open-tokenizer.ts';
import { byteTokenizer } from '../tokenizer/tokenizer-json.ts';
import { trainBpe } from '../tokenizer/train-bpe.ts';
import type { StepOptions } from './schema.ts';
import { dropRows, inTraining, own, type Work } from './work.ts';

/**
 * One or two documents cannot be split by document, so they are cut into about a hundred pieces at line ends first.
 */
export async function cutDocuments(work: Work, { column }: StepOptions['tokenize']): Promise<void> {
  const text = identifier(column);
  await dropRows(work, `${text} IS NULL`, `"${column}" is empty`);
  const [documents] = await work.tables.row<[number]>('SELECT count(*) FROM data');
  if (documents > 2) return;
  const rows = await work.tables.rows<[number, string]>(`SELECT ${own.row}, ${text} FROM data ORDER BY 1`);
  const pieces = rows.flatMap(([row, document]) =>
    cutText(document).map((piece) => ({ row: BigInt(row), piece })),
  );
  await work.tables.run('CREATE TABLE pieces (place BIGINT, "row" BIGINT, piece VARCHAR)');
  await work.tables.append(
    'pieces',
    pieces.map(({ row, piece }, place) => chunkOf([BIGINT, BIGINT, VARCHAR], [BigInt(place), row, piece])),
  );
  await work.tables.run(
    `CREATE TABLE cut AS SELECT data.* REPLACE (place AS ${own.row}, piece AS ${text}) FROM data JOIN pieces ON ${own.row} = "row" ORDER BY place`,
  );
  await work.tables.run('DROP TABLE data');
  await work.tables.run('DROP TABLE pieces');
  await work.tables.run('ALTER TABLE cut RENAME TO data');
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

/**
 * Turns each document into token ids (table `tokens`), with a tokeniser of bytes or one trained on the training split.
 * Documents are read one after another, so each that does not end its last line gets a line end.
 */
export async function tokenize(
  work: Work,
  options: StepOptions['tokenize'],
  signal?: AbortSignal,
): Promise<Pick<Fitted, 'tokenizer' | 'vocabulary' | 'bytesPerToken'>> {
  const text = identifier(options.column);
  const ended = `CASE WHEN ${text} LIKE '%' || chr(10) THEN ${text} ELSE ${text} || chr(10) END`;
  const query = `SELECT ${own.row}, ${own.split}, ${ended} FROM data`;
  const tokenizerOf = async () => {
    if (options.method === 'bytes') return byteTokenizer();
    const training = await work.tables.rows<[number, number, string]>(
      `${query} WHERE ${inTraining} ORDER BY ${own.row}`,
    );
    const texts = training.map(([, , document]) => document);
    return trainBpe(texts, { vocabularySize: options.vocabulary, ...(signal ? { signal } : {}) });
  };
  const json = await tokenizerOf();
  const tokenizer = openTokenizer(json);
  if (options.method === 'bpe' && tokenizer.vocabulary < options.vocabulary) {
    work.notes.push(
      `the training text gives a vocabulary of ${tokenizer.vocabulary}, not ${options.vocabulary}`,
    );
  }

  const bytes = [0, 0, 0];
  const counts = [0, 0, 0];
  async function* encoded(): AsyncGenerator<DuckDBDataChunk> {
    const documents = await work.tables.rows<[number, number, string]>(`${query} ORDER BY ${own.row}`);
    for (const [row, split, document] of documents) {
      const ids = tokenizer.encode(document);
      bytes[split]! += Buffer.byteLength(document);
      counts[split]! += ids.length;
      yield chunkOf([BIGINT, LIST(INTEGER)], [BigInt(row), listValue(Array.from(ids))]);
    }
  }
  await work.tables.run(`CREATE TABLE tokens ("row" BIGINT, ${own.tokens} INTEGER[])`);
  await work.tables.append('tokens', encoded());
  const measured = counts[2]! > 0 ? 2 : 0;
  return {
    tokenizer: json,
    vocabulary: tokenizer.vocabulary,
    bytesPerToken: bytes[measured]! / counts[measured]!,
  };
}

function chunkOf(
  types: Parameters<typeof DuckDBDataChunk.create>[0],
  values: Parameters<DuckDBDataChunk['setRows']>[0][number],
): DuckDBDataChunk {
  const chunk = DuckDBDataChunk.create(types, 1);
  chunk.setRows([values]);
  return chunk;
}
