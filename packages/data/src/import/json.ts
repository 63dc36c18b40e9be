import { DataError } from '../error.ts';
import { identifier, literal } from '../sql.ts';
import { isQueryError, type Tables } from '../table.ts';
import { mostColumns } from './csv.ts';
import { uniqueNames } from './names.ts';
import type { Source } from './source.ts';
import type { Staged } from './staged.ts';

/**
 * Reads an array of objects, or one object a line, into a table of text columns: the union of the objects' keys in
 * the order in which they first appear. Nested values stay as their JSON text.
 */
export async function importJson(tables: Tables, source: Source, table: string): Promise<Staged> {
  const isArray = source.head
    .toString('utf8')
    .replace(/^\uFEFF/, '')
    .trimStart()
    .startsWith('[');
  const objects = `${table}_objects`;
  try {
    await tables.run(
      `CREATE TABLE ${objects} AS SELECT json FROM read_json_objects(${literal(source.path)}, ` +
        `format = '${isArray ? 'array' : 'newline_delimited'}', maximum_object_size = 67108864)`,
    );
  } catch (error) {
    throw explain(error, source.name, isArray);
  }
  await requireObjects(tables, objects, source.name);

  // min(rowid) and the place within the object give the order of first appearance.
  const keyRows = await tables.rows(
    `SELECT key FROM (SELECT rowid AS row, unnest(json_keys(json)) AS key, generate_subscripts(json_keys(json), 1) AS place FROM ${objects})
     GROUP BY key ORDER BY min(row), min(place), key`,
  );
  if (keyRows.length > mostColumns)
    throw new DataError(
      'too-large',
      `${source.name} has ${keyRows.length} columns, more than the ${mostColumns} allowed; leave out what is not needed`,
      { file: source.name, columns: keyRows.length },
    );
  const keys = keyRows.map(([key]) => String(key));
  if (keys.length === 0)
    throw new DataError('empty', `${source.name} holds no values`, { file: source.name });
  const { names, notes } = uniqueNames(keys, source.name);
  const paths = `[${keys.map(pathTo).join(', ')}]`;
  const columns = names.map((name, i) => `fields[${i + 1}] AS ${identifier(name)}`);
  await tables.run(
    `CREATE TABLE ${table} AS SELECT ${columns.join(', ')} FROM (SELECT json ->> ${paths} AS fields FROM ${objects})`,
  );
  const types = await tables.rows(
    `SELECT ${keys.map((key) => `bool_and(json_type(json, ${pathTo(key)}) IN ('VARCHAR', 'NULL'))`).join(', ')} FROM ${objects}`,
  );
  await tables.run(`DROP TABLE ${objects}`);
  return {
    name: source.name,
    query: () => `SELECT * FROM ${table}`,
    table,
    columns: names.map((name, i) => ({ name, quoted: types[0]?.[i] === true })),
    decimalComma: false,
    notes,
  };
}

/** The JSON path of one key, whatever characters it is made of. */
function pathTo(key: string): string {
  return literal(`$."${key.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`);
}

async function requireObjects(tables: Tables, objects: string, name: string): Promise<void> {
  const [other] = await tables.rows<[number, string]>(
    `SELECT rowid + 1, lower(json_type(json)) FROM ${objects} WHERE json_type(json) <> 'OBJECT' ORDER BY rowid LIMIT 1`,
  );
  if (!other) return;
  throw new DataError(
    'format',
    `${name}: value ${other[0]} is not an object (it is of type ${other[1]}); each row must be one, like {"column": value}`,
    { file: name, row: other[0] },
  );
}

function explain(error: unknown, name: string, isArray: boolean): unknown {
  if (!isQueryError(error)) return error;
  const where = /at byte (\d+) in (?:line|record\/value) (\d+): ([^.]*)/.exec(error.message);
  const place = where
    ? `near ${isArray ? 'object' : 'line'} ${where[2]}, character ${where[1]}: ${where[3]}`
    : 'it ends too early';
  const advice = isArray ? 'mend it there' : 'it must hold an array of objects, or one whole object a line';
  return new DataError('format', `${name} is not valid JSON (${place}); ${advice}`, { file: name }, error);
}
