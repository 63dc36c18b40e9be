import { z } from 'zod';
import { readInput } from '../../blobs/input.ts';

/** Python's clients say `true` or `True`, others `1`. */
export const flag = z
  .union([z.boolean(), z.string()])
  .optional()
  .transform((value) => value === true || /^(true|1)$/i.test(String(value)));

/** Whether a request leads to a pull request, a new one or one that is there: readers of the files may make them. */
export function isProposal(address: { '*'?: string }, query: unknown): boolean {
  const { create_pr: creates } = readInput(z.object({ create_pr: flag }), query ?? {});
  return creates || (address['*'] ?? '').startsWith('refs/pr/');
}

/** Repeated parameters, under `name` and `name[]` alike, at most `most` of them. */
export function manyOf(query: unknown, name: string, most = 50): string[] {
  const fields = readInput(z.record(z.string(), z.unknown()), query ?? {});
  const values = [fields[name], fields[`${name}[]`]].flat().filter((value) => value !== undefined);
  return readInput(z.array(z.string().max(500)).max(most, `at most ${most} of "${name}"`), values);
}

export const pageSize = (most: number) =>
  z.coerce
    .number()
    .int()
    .min(1)
    .transform((size) => Math.min(size, most));

/** A folder may be written with slashes behind. A regular expression would take the square of their number. */
export function withoutSlashes(path: string): string {
  let end = path.length;
  while (path[end - 1] === '/') end -= 1;
  return path.slice(0, end);
}
