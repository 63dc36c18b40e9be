export type DataErrorCode = 'format' | 'column' | 'recipe' | 'empty' | 'disk' | 'too-large';

/**
 * Every failure a person can do something about. The message is one sentence for them: what is wrong, where, and what
 * to do; `details` carries the same facts for programs (`file`, `line`, `column`, `suggestion`, ...).
 */
export class DataError extends Error {
  readonly code: DataErrorCode;
  readonly details: Record<string, unknown>;

  constructor(code: DataErrorCode, message: string, details: Record<string, unknown> = {}, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = 'DataError';
    this.code = code;
    this.details = details;
  }
}

/** "There is no column X; did you mean Y?", for a name that is not among `known`. */
export function unknownColumn(name: string, known: readonly string[]): DataError {
  const suggestion = nearest(name, known);
  const hint = suggestion === undefined ? '' : `; did you mean "${suggestion}"?`;
  const list = known
    .slice(0, 20)
    .map((column) => `"${column}"`)
    .join(', ');
  const more = known.length > 20 ? `, and ${known.length - 20} more` : '';
  return new DataError(
    'column',
    `there is no column "${name}"${hint || '.'} The columns are ${list}${more}.`,
    {
      column: name,
      ...(suggestion === undefined ? {} : { suggestion }),
    },
  );
}

/** The candidate nearest to `name` by edit distance, if it is near enough to be what was meant. */
export function nearest(name: string, candidates: readonly string[]): string | undefined {
  const wanted = fold(name);
  let best: string | undefined;
  let bestDistance = Math.max(2, Math.ceil(wanted.length / 2));
  for (const candidate of candidates) {
    const distance = editDistance(wanted, fold(candidate));
    if (distance < bestDistance) [best, bestDistance] = [candidate, distance];
  }
  return best;
}

/** Case, spaces, dashes and underscores are what people get wrong first, so they count for nothing. */
function fold(name: string): string {
  return name.toLowerCase().replace(/[\s_.-]+/g, '');
}

/** Levenshtein distance, one row of the table at a time. */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const substitute = row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(substitute, row[j]! + 1, next[j - 1]! + 1));
    }
    row = next;
  }
  return row[b.length]!;
}
