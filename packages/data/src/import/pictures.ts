import { statSync } from 'node:fs';
import { setImmediate } from 'node:timers/promises';
import { BLOB, DuckDBBlobValue, DuckDBDataChunk, VARCHAR } from '@duckdb/node-api';
import { DataError } from '../error.ts';
import { classesOf, classOf, folderOf } from '../images/folder.ts';
import { readImage } from '../images/read.ts';
import { identifier, literal } from '../sql.ts';
import type { Tables } from '../table.ts';
import type { InputFile } from './source.ts';

const chunkRows = 512;
const chunkBytes = 8e6;
const mostImageBytes = 256e6;

/** A metadata file's table, or view, and where its images lie. */
export interface Described {
  table: string;
  file: InputFile;
}

/**
 * Makes image files a table: `image` (BLOB, the file's bytes), `file_name`; `label` when the images lie in folders named
 * for their classes and nothing else describes them; and the columns of their metadata, by its `file_name`. Rows are in the
 * order of the names.
 * @throws DataError 'too-large' beyond `maxBytes` in all, 'format' for metadata that does not fit.
 */
export async function importPictures(
  tables: Tables,
  given: readonly InputFile[],
  table: string,
  options: {
    described: readonly Described[];
    maxBytes: number;
    notes: string[];
    signal?: AbortSignal | undefined;
  },
): Promise<void> {
  const files = given.toSorted((a, b) => (a.name < b.name ? -1 : 1));
  const { described, notes } = options;
  const isLabelled = described.length === 0 && classesOf(files) !== undefined;
  const pictures = described.length === 0 ? table : 'pictures';
  await tables.run(
    `CREATE TABLE ${pictures} (image BLOB, file_name VARCHAR${isLabelled ? ', label VARCHAR' : ''})`,
  );
  await tables.append(pictures, readFiles(files, isLabelled, options.maxBytes));
  if (described.length === 0) return;
  const columns = await joinMetadata(tables, described, notes);
  const chosen = columns.map((name) => `names.${identifier(name)}`);
  await tables.run(
    `CREATE TABLE ${table} AS SELECT ${['pictures.*', ...chosen].join(', ')} FROM pictures POSITIONAL JOIN names`,
  );
  for (const name of ['pictures', 'names']) await tables.run(`DROP TABLE ${name}`);
}

async function* readFiles(
  files: readonly InputFile[],
  isLabelled: boolean,
  maxBytes: number,
): AsyncGenerator<DuckDBDataChunk> {
  const types = isLabelled ? [BLOB, VARCHAR, VARCHAR] : [BLOB, VARCHAR];
  let waiting: { bytes: Buffer; name: string }[] = [];
  let waitingBytes = 0;
  let allBytes = 0;
  const chunk = () => {
    const made = DuckDBDataChunk.create(types, waiting.length);
    made.setColumnValues(
      0,
      waiting.map(({ bytes }) => new DuckDBBlobValue(bytes)),
    );
    made.setColumnValues(
      1,
      waiting.map(({ name }) => name),
    );
    if (isLabelled)
      made.setColumnValues(
        2,
        waiting.map(({ name }) => classOf(name)),
      );
    waiting = [];
    waitingBytes = 0;
    return made;
  };
  for (const { path, name } of files) {
    const { size } = statSync(path);
    allBytes += size;
    if (size > mostImageBytes || allBytes > maxBytes)
      throw new DataError(
        'too-large',
        size > mostImageBytes
          ? `${name} is larger than the 256 MB that an image may have; make it smaller`
          : `${name}: more than the ${Math.round(maxBytes / 1e6)} MB allowed; split the data or raise maxBytes`,
        { file: name },
      );
    waiting.push({ bytes: await readImage(path, size), name });
    waitingBytes += size;
    if (waiting.length < chunkRows && waitingBytes < chunkBytes) continue;
    yield chunk();
    // What stops the work arrives in a turn of the event loop.
    await setImmediate();
  }
  if (waiting.length > 0) yield chunk();
}

/** The table `names`: one row for each of `pictures`, in their order, of what the metadata says of it. */
async function joinMetadata(
  tables: Tables,
  described: readonly Described[],
  notes: string[],
): Promise<string[]> {
  const columns: string[] = [];
  const queries: string[] = [];
  for (const { table, file } of described) {
    const { names } = await tables.describe(`SELECT * FROM ${table}`);
    if (!names.includes('file_name'))
      throw new DataError(
        'format',
        `${file.name} has no column "file_name" that says which image a row is of`,
        { file: file.name },
      );
    const own = names.filter(
      (name) => !['file_name', 'image'].includes(name.toLowerCase()) && !name.startsWith('banyan.'),
    );
    for (const name of own) if (!columns.includes(name)) columns.push(name);
    const place = `${literal(folderOf(file.name))} || CAST(file_name AS VARCHAR) AS file_name`;
    queries.push(`SELECT ${[place, ...own.map(identifier)].join(', ')} FROM ${table}`);
  }
  await tables.run(`CREATE TABLE described AS ${queries.join(' UNION ALL BY NAME ')}`);
  const [repeated] = await tables.rows<[string]>(
    'SELECT file_name FROM described GROUP BY file_name HAVING count(*) > 1 ORDER BY 1 LIMIT 1',
  );
  if (repeated)
    throw new DataError('format', `${described[0]!.file.name} describes ${repeated[0]} more than once`, {
      file: described[0]!.file.name,
    });
  const [lost] = await tables.row<[number]>(
    'SELECT count(*) FROM described ANTI JOIN pictures USING (file_name)',
  );
  if (lost > 0) notes.push(`${lost} rows of the metadata name images that are not there`);
  const chosen = columns.map((name) => `described.${identifier(name)}`);
  await tables.run(
    `CREATE TABLE names AS SELECT ${['pictures.rowid AS "banyan.place"', ...chosen].join(', ')}
     FROM pictures LEFT JOIN described USING (file_name) ORDER BY pictures.rowid`,
  );
  await tables.run('DROP TABLE described');
  return columns;
}
