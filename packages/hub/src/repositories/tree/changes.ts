import { fileOf, type Line, lineOf, type TreeFile } from './page.ts';
import type { Pages } from './pages.ts';
import { comparePositions, type Position, positionOf } from './paths.ts';

export interface FileChange {
  path: string;
  before?: TreeFile;
  after?: TreeFile;
}

/** A line that is yet to be compared: a file (level 0), or a page one level below its own. */
interface Item {
  level: number;
  line: Line;
}

/** How many differing pages are fetched at once. */
const ahead = 50;

/**
 * The files in which two trees differ, in order. Pages that both have are passed over, so the work is that of the
 * difference. `behind` leaves out what comes before it or is there.
 */
export async function* changesBetween(
  pages: Pages,
  { from, to, behind }: { from: string; to: string; behind?: Position | undefined },
): AsyncGenerator<FileChange> {
  if (from === to) return;
  await pages.load([from, to]);
  const left = await startAt(pages, from);
  const right = await startAt(pages, to);
  const isDone = ({ line: [path] }: Item) =>
    behind !== undefined && comparePositions(positionOf(path), behind) <= 0;
  const open = async (side: Item[]) => {
    const item = side.pop();
    if (!item) return;
    const { lines } = await pages.get(item.line[1]);
    const items = lines.map((line) => ({ level: item.level - 1, line })).filter((one) => !isDone(one));
    side.push(...items.toReversed());
  };
  for (;;) {
    const [a, b] = [left.at(-1), right.at(-1)];
    if (!a && !b) return;
    if (a && b && a.level > 0 && a.level === b.level && a.line[1] === b.line[1]) {
      left.pop();
      right.pop();
    } else if (a && b && a.level > 0 && a.level === b.level) {
      await open(left);
      await open(right);
      await fetchDifferent(pages, left, right);
    } else if (a && a.level > (b?.level ?? 0)) await open(left);
    else if (b && b.level > (a?.level ?? 0)) await open(right);
    else {
      const order = a && b ? comparePositions(positionOf(a.line[0]), positionOf(b.line[0])) : a ? -1 : 1;
      const before = order <= 0 ? left.pop() : undefined;
      const after = order >= 0 ? right.pop() : undefined;
      const path = (before ?? after)?.line[0] ?? '';
      if (before && after && sameFile(before.line, after.line)) continue;
      yield {
        path,
        ...(before && { before: fileOf(before.line) }),
        ...(after && { after: fileOf(after.line) }),
      };
    }
  }
}

async function startAt(pages: Pages, root: string): Promise<Item[]> {
  const page = await pages.get(root);
  return [{ level: page.level + 1, line: lineOf(page) }];
}

async function fetchDifferent(pages: Pages, left: Item[], right: Item[]): Promise<void> {
  const hashes = (side: Item[]) =>
    side.slice(-ahead).flatMap(({ level, line }) => (level > 0 ? [line[1]] : []));
  const [mine, theirs] = [hashes(left), hashes(right)];
  const known = new Set(mine);
  const shared = new Set(theirs.filter((hash) => known.has(hash)));
  await pages.load([...mine, ...theirs].filter((hash) => !shared.has(hash)));
}

const sameFile = (a: Line, b: Line): boolean => a[1] === b[1] && a[2] === b[2] && a[3] === b[3];
