import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type DataShape, shapeOfPrepared } from '@banyan/algorithms';
import {
  chooseDefault,
  type Fitted,
  type InputFile,
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

/**
 * The files of a dataset version in a folder that hold its data (of its default configuration), by what they are and what
 * the card says; those beside them are told.
 */
export async function dataFiles(
  dir: string,
  files: readonly { path: string }[],
  onLeft: (message: string) => void,
): Promise<InputFile[]> {
  const readme = await readCard(dir, files);
  const { names, left } = chooseDefault(
    files.map(({ path }) => path),
    readme,
  );
  for (const { path, message } of left.slice(0, mostTold)) onLeft(`${path} ${message}`);
  if (left.length > mostTold) onLeft(`and ${left.length - mostTold} more files`);
  return names.map((name) => ({ path: join(dir, name), name }));
}

const mostTold = 20;

/** The card of a version, if it has one. */
export const readCard = async (
  dir: string,
  files: readonly { path: string }[],
): Promise<string | undefined> =>
  files.some(({ path }) => path === 'README.md') ? readFile(join(dir, 'README.md'), 'utf8') : undefined;
