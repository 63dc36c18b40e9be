import { hash } from 'node:crypto';
import { comparePositions, type Position, positionOf } from './paths.ts';

/** What a path holds in one version. `gitOid`, the sha1 that Git gives the bytes, makes it a regular file; without, it is
 * an LFS file, whose identity is its sha256. */
export interface TreeFile {
  sha256: string;
  sizeBytes: number;
  gitOid?: string;
}

/**
 * One line of a page. In a leaf (level 0) a file: its path, sha256, size, and its `gitOid` when it is regular. Above, a
 * page below: its last path, its hash, the bytes and the number of the files in it.
 */
export type Line = readonly [path: string, hash: string, sizeBytes: number, more?: string | number];

/** An immutable page of a tree, named by the hash of all that is in it. */
export interface Page {
  hash: string;
  level: number;
  lines: readonly Line[];
}

/** How long pages are: on average `divisor` lines, never more than `most`. */
export interface Shape {
  divisor: number;
  most: number;
}
export const usualShape: Shape = { divisor: 192, most: 1024 };

export const makePage = (level: number, lines: readonly Line[]): Page => ({
  hash: hash('sha256', JSON.stringify([level, lines])),
  level,
  lines,
});

export const emptyPage = makePage(0, []);
/** The root of a tree without files. */
export const emptyRoot = emptyPage.hash;

export function fileLine(path: string, { sha256, sizeBytes, gitOid }: TreeFile): Line {
  return gitOid === undefined ? [path, sha256, sizeBytes] : [path, sha256, sizeBytes, gitOid];
}

export function fileOf([, sha256, sizeBytes, gitOid]: Line): TreeFile {
  return typeof gitOid === 'string' ? { sha256, sizeBytes, gitOid } : { sha256, sizeBytes };
}

/** How many files lie in a page and below, and how many bytes they have. */
export function totalsOf({ level, lines }: Page): { files: number; sizeBytes: number } {
  let files = 0;
  let sizeBytes = 0;
  for (const [, , bytes, more] of lines) {
    files += level === 0 ? 1 : Number(more);
    sizeBytes += bytes;
  }
  return { files, sizeBytes };
}

/** The line of a page in the level above. */
export function lineOf(page: Page): Line {
  const { files, sizeBytes } = totalsOf(page);
  return [page.lines.at(-1)?.[0] ?? '', page.hash, sizeBytes, files];
}

/** Positions of lines that were looked at: a commit of many files looks at the same ones over and over. */
const positions = new WeakMap<Page, Map<number, Position>>();

function positionAt(page: Page, index: number): Position {
  let known = positions.get(page);
  if (!known) positions.set(page, (known = new Map()));
  let position = known.get(index);
  if (!position) known.set(index, (position = positionOf(page.lines[index]?.[0] ?? '')));
  return position;
}

/** The first line at or behind a position: its index, or the number of lines when there is none. */
export function findLine(page: Page, position: Position): number {
  let [low, high] = [0, page.lines.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (comparePositions(positionAt(page, middle), position) < 0) low = middle + 1;
    else high = middle;
  }
  return low;
}

/**
 * Cuts the lines of one level into pages. Where it cuts is decided by the hash of a path alone, and by the length since
 * the last cut: the same lines are cut alike, whatever was there before, and behind a cut nothing of what came before it
 * counts. Above the leaves a page has two lines at least, so that levels become shorter.
 */
export class Cutter {
  private lines: Line[] = [];
  private readonly level: number;
  private readonly shape: Shape;
  constructor(level: number, shape: Shape) {
    this.level = level;
    this.shape = shape;
  }
  /** Whether the last line ended a page. */
  get atCut(): boolean {
    return this.lines.length === 0;
  }
  /** The page that this line ends, if it ends one. `within` a leaf before: its path is known not to cut. */
  push(line: Line, within = false): Page | undefined {
    this.lines.push(line);
    const { length } = this.lines;
    if (length >= this.shape.most) return this.end();
    if (this.level === 0 ? within : length === 1) return undefined;
    return isCut(this.level, line[0], this.shape) ? this.end() : undefined;
  }
  /** The page of the lines since the last cut. */
  end(): Page {
    const page = makePage(this.level, this.lines);
    this.lines = [];
    return page;
  }
}

const isCut = (level: number, path: string, { divisor }: Shape): boolean =>
  Number.parseInt(hash('sha256', `${level} ${path}`).slice(0, 8), 16) % divisor === 0;
