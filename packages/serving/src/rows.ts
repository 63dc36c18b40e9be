import { isMissing, parseCell } from './cell.ts';
import { columnTensor, type Feeds, type InputColumn } from './input-columns.ts';
import { ServingError } from './serving-error.ts';

/** A raw row, as it stands in the dataset or in a JSON request; columns the model does not use are ignored. */
export type Row = Readonly<Record<string, unknown>>;

/** One example: a row, or for a model with a window that many consecutive rows, oldest first. */
export type Example = Row | readonly Row[];

/**
 * Raw rows as the tensors of the model's graph, one a column, examples along the first axis.
 *
 * @throws ServingError 'missing-column' when a row lacks a column altogether (null is a missing value, which is
 *   allowed); 'input' when a value or the number of rows in a window is wrong, naming row and column
 */
export function encodeRows(
  examples: readonly Example[],
  columns: readonly InputColumn[],
  window?: number,
): Feeds {
  if (!Array.isArray(examples))
    throw new ServingError('input', 'the rows must be a list, also where it is only one');
  const rows = examples.flatMap((example, index) => rowsOf(example, index, window));
  const values = columns.map((column) =>
    rows.flatMap(({ row, where }) => {
      if (!Object.hasOwn(row, column.name)) throw missingColumn(column.name, columns, row, where);
      return parseCell(row[column.name], column, `${where}, column "${column.name}"`);
    }),
  );
  return Object.fromEntries(
    columns.map((column, index) => [
      column.input,
      columnTensor(column, values[index] ?? [], examples.length),
    ]),
  );
}

/** The columns in which an example has a missing value: the likeliest reason for an answer that is no number. */
export function missingIn(example: Example, columns: readonly InputColumn[]): string[] {
  const rows: readonly Row[] = isWindow(example) ? example : [example];
  return columns.map(({ name }) => name).filter((name) => rows.some((row) => isMissing(row[name])));
}

const isWindow = (example: Example): example is readonly Row[] => Array.isArray(example);

interface PlacedRow {
  row: Row;
  where: string;
}

function rowsOf(example: Example, index: number, window: number | undefined): PlacedRow[] {
  if (window === undefined) {
    if (isWindow(example))
      throw new ServingError(
        'input',
        `row ${index} is a list; this model takes rows, each an object of columns`,
      );
    return [{ row: requireObject(example, `row ${index}`), where: `row ${index}` }];
  }
  if (!isWindow(example))
    throw new ServingError(
      'input',
      `example ${index} is one row; this model reads windows: a list of ${window} rows each`,
    );
  if (example.length !== window)
    throw new ServingError(
      'input',
      `example ${index} has ${example.length} rows; this model reads windows of ${window}`,
    );
  return example.map((row, step) => {
    const where = `example ${index}, row ${step}`;
    return { row: requireObject(row, where), where };
  });
}

function requireObject(row: unknown, where: string): Row {
  if (typeof row !== 'object' || row === null || Array.isArray(row))
    throw new ServingError('input', `${where} must be an object with a value for each column`);
  return row as Row;
}

const list = (names: readonly string[]): string => (names.length === 0 ? 'none' : names.join(', '));

function missingColumn(name: string, columns: readonly InputColumn[], row: Row, where: string): ServingError {
  return new ServingError(
    'missing-column',
    `${where} has no column "${name}". Expected: ${list(columns.map((column) => column.name))}. ` +
      `Given: ${list(Object.keys(row))}. Write null for a missing value.`,
  );
}
