import { join } from 'node:path';
import { type DataShape, shapeOfPrepared } from '@banyan/algorithms';
import {
  type Fitted,
  loadFitted,
  loadSplit,
  type Row,
  rawRows,
  type Split,
  type SplitName,
} from '@banyan/data';
import { JobError } from './failure.ts';

/** A prepared dataset version in a folder. */
export interface Prepared {
  fitted: Fitted;
  shape: DataShape;
  /** The split's examples; throws a JobError that says what to do when the split is empty. */
  load: (split: SplitName) => Promise<Split>;
  /** Raw examples of a split, as a served model takes them: rows, or windows of rows. */
  examples: (split: SplitName, limit: number) => Promise<(Row | Row[])[]>;
}

export async function openPrepared(dir: string): Promise<Prepared> {
  const fitted = await loadFitted(dir);
  return {
    fitted,
    shape: shapeOfPrepared(fitted),
    async load(split) {
      const loaded = await loadSplit(dir, split);
      if (loaded.rows === 0 && split !== 'valid')
        throw new JobError(
          'EMPTY_SPLIT',
          `The ${split} split of the prepared data has no rows. Prepare it again with a larger share for ${split}.`,
        );
      return loaded;
    },
    async examples(split, limit) {
      const rows = await rawRows(dir, split, { limit });
      const length = fitted.window?.length;
      if (length === undefined) return rows;
      return Array.from({ length: rows.length / length }, (_, at) =>
        rows.slice(at * length, (at + 1) * length),
      );
    },
  };
}

/** Which files of a dataset hold data: not its README, licence, tokenizer, recipe, settings or description for others. */
export const isData = (path: string): boolean =>
  !/(^|\/)(tokenizer|special_tokens_map)[^/]*\.json$/i.test(path) &&
  !/(^|\/)(readme|licen[cs]e|changelog|citation|terms|recipe|croissant|ro-crate-metadata)[^/]*$/i.test(
    path,
  ) &&
  !/(^|\/)\.|\.(ya?ml|toml|cff|html?)$/i.test(path);

export const dataFiles = (
  dir: string,
  files: readonly { path: string }[],
): { path: string; name: string }[] =>
  files.filter(({ path }) => isData(path)).map(({ path }) => ({ path: join(dir, path), name: path }));
