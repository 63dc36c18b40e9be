import { unknownColumn } from '../../error.ts';
import { identifier } from '../../sql.ts';
import type { StepOptions } from '../schema.ts';
import { dropRows, own, type Work } from '../work.ts';

/** Hash functions of a signature; cut into bands of equal length. */
const signature = 128;
/** Two texts at the threshold share a band this surely. */
const recall = 0.99;

/**
 * Drops texts that say nearly the same as an earlier row: those whose sets of shingles (runs of words, without regard to
 * case and marks) share `threshold` of their union (Broder, "On the resemblance and containment of documents", 1997).
 * Candidates are found by MinHash in bands, so no text is compared with all others, and compared exactly; a text that is
 * near a dropped one goes too. The first stays, so that no copy is left for another split.
 */
export async function dropNearDuplicates(
  work: Work,
  { column, threshold, shingle }: StepOptions['drop-near-duplicates'],
): Promise<void> {
  if (!work.columns.some(({ name }) => name === column))
    throw unknownColumn(
      column,
      work.columns.map(({ name }) => name),
    );
  const { tables } = work;
  const text = identifier(column);
  const words = `list_filter(string_split_regex(lower(CAST(${text} AS VARCHAR)), '[^\\p{L}\\p{N}]+'), lambda w: w <> '')`;
  const runs = `list_transform(range(1, greatest(len(words) - ${shingle - 1}, 1) + 1), lambda i: hash(array_to_string(words[i:i + ${shingle - 1}], ' ')))`;
  await tables.run(
    `CREATE TABLE shingled AS SELECT "row", list_distinct(${runs}) AS shingles
     FROM (SELECT ${own.row} AS "row", ${words} AS words FROM data WHERE ${text} IS NOT NULL) WHERE len(words) > 0`,
  );
  const length = bandLength(threshold);
  const bands = Math.floor(signature / length);
  // The smallest of hashes that a number tells apart stands for the text; a band's are one key.
  const key = `hash(list_transform(range(band * ${length}, (band + 1) * ${length}), lambda f: list_min(list_transform(shingles, lambda h: hash(h, f)))))`;
  await tables.run(
    `CREATE TABLE bands AS SELECT "row", band, ${key} AS key FROM shingled, range(${bands}) r(band)`,
  );
  // Of those that share a band each is compared with the first and with the one before it.
  await tables.run(
    `CREATE TABLE pairs AS SELECT DISTINCT "row", unnest([first_one, before]) AS other FROM (
       SELECT "row", min("row") OVER same AS first_one, lag("row") OVER (same ORDER BY "row") AS before
       FROM bands WINDOW same AS (PARTITION BY band, key)) WHERE before IS NOT NULL`,
  );
  await tables.run(
    `CREATE TABLE copies AS SELECT DISTINCT pairs."row" FROM pairs
       JOIN shingled a ON a."row" = pairs."row" JOIN shingled b ON b."row" = pairs.other
     WHERE len(list_intersect(a.shingles, b.shingles))
       >= ${threshold} * (len(a.shingles) + len(b.shingles) - len(list_intersect(a.shingles, b.shingles)))`,
  );
  for (const table of ['shingled', 'bands', 'pairs']) await tables.run(`DROP TABLE ${table}`);
  await dropRows(
    work,
    `${own.row} IN (SELECT "row" FROM copies)`,
    `"${column}" is nearly the same as in an earlier row`,
  );
  await tables.run('DROP TABLE copies');
}

/** The longest band that two texts at the threshold still share surely enough: 1 - (1 - s^r)^b. */
function bandLength(threshold: number): number {
  const lengths = [32, 16, 8, 4, 2, 1];
  return (
    lengths.find((length) => 1 - (1 - threshold ** length) ** Math.floor(signature / length) >= recall) ?? 1
  );
}
