import { HubError } from '@banyan/contract';
import type { Queries } from '../db/connection.ts';
import { refuseClashes } from './tree/clashes.ts';
import { editTree } from './tree/edit.ts';
import { filesIn, findFiles } from './tree/listing.ts';
import { fileLine, type Line, type TreeFile } from './tree/page.ts';
import type { Pages } from './tree/pages.ts';
import { openPages, writePages } from './tree/store.ts';

/** A step from one tree to another. `copy` takes a file of the tree `root`, or of what the steps before made. */
export type Step =
  | { op: 'put'; path: string; file: TreeFile }
  | { op: 'delete'; path: string }
  | { op: 'delete-folder'; path: string }
  | { op: 'copy'; path: string; from: { path: string; root?: string | undefined } };

export interface Changed {
  root: string;
  /** By path: what it holds now; undefined where it holds nothing any more. */
  files: ReadonlyMap<string, TreeFile | undefined>;
}

/**
 * Takes steps, in order, and writes the pages of the tree that they make. Throws BAD_INPUT for a path that is not there
 * to be deleted or copied, and for paths that clash (tree/clashes.ts).
 */
export async function changeTree(
  tx: Queries,
  { repository, root }: { repository: string; root: string },
  steps: readonly Step[],
): Promise<Changed> {
  const pages = openPages(tx, repository);
  const files = await takeSteps(pages, root, steps);
  const edits = new Map(
    [...files].map(([path, file]): [string, Line | undefined] => [path, file && fileLine(path, file)]),
  );
  const next = await editTree(pages, root, edits);
  await refuseClashes(
    pages,
    next.root,
    [...files].filter(([, file]) => file).map(([path]) => path),
  );
  await writePages(tx, repository, next.made);
  return { root: next.root, files };
}

async function takeSteps(
  pages: Pages,
  root: string,
  steps: readonly Step[],
): Promise<Map<string, TreeFile | undefined>> {
  const files = new Map<string, TreeFile | undefined>();
  const before = await findFiles(pages, root, steps.flatMap(readPaths));
  const now = (path: string) => (files.has(path) ? files.get(path) : before.get(path));
  for (const step of steps) {
    if (step.op === 'put') files.set(step.path, step.file);
    else if (step.op === 'copy') {
      const { path, root: other } = step.from;
      const file = other === undefined ? now(path) : (await findFiles(pages, other, [path])).get(path);
      if (!file) throw missing(path, 'copy');
      files.set(step.path, file);
    } else if (step.op === 'delete') {
      if (!now(step.path)) throw missing(step.path, 'delete');
      files.set(step.path, undefined);
    } else await deleteFolder(pages, root, { folder: step.path, files });
  }
  return files;
}

/** The paths that a step asks the tree for. */
function readPaths(step: Step): string[] {
  if (step.op === 'delete') return [step.path];
  return step.op === 'copy' && step.from.root === undefined ? [step.from.path] : [];
}

async function deleteFolder(
  pages: Pages,
  root: string,
  { folder, files }: { folder: string; files: Map<string, TreeFile | undefined> },
): Promise<void> {
  const doomed = [...files]
    .filter(([path, file]) => file && path.startsWith(`${folder}/`))
    .map(([path]) => path);
  for await (const { path } of filesIn(pages, root, folder)) if (!files.has(path)) doomed.push(path);
  if (doomed.length === 0)
    throw new HubError('BAD_INPUT', `There is no folder "${folder}" to delete.`, { field: 'operations' });
  for (const path of doomed) files.set(path, undefined);
}

const missing = (path: string, to: string): HubError =>
  new HubError('BAD_INPUT', `There is no file "${path}" to ${to}.`, { field: 'operations' });
