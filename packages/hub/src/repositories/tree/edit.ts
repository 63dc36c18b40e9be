import { Cutter, emptyRoot, type Line, lineOf, type Page, type Shape, usualShape } from './page.ts';
import { Cursor, type Pages } from './pages.ts';
import { comparePositions, positionOf } from './paths.ts';

/** By path: the line that is to be there, or undefined where none is to be. */
export type Edits = ReadonlyMap<string, Line | undefined>;

/**
 * A tree with some lines put and others taken away: its root, and the pages that are new (`pages` knows them from now
 * on). Level by level, from the leaves up, pages with an edit are cut again, up to where an old cut is met; so the work
 * is that of the pages that change, and the same files make the same root whatever their history.
 */
export async function editTree(
  pages: Pages,
  root: string,
  edits: Edits,
  shape: Shape = usualShape,
): Promise<{ root: string; made: Page[] }> {
  const made = new Map<string, Page>();
  const height = (await pages.get(root)).level;
  let todo: Edits = edits;
  let lines: Line[] = [];
  for (let level = 0; level <= height; level += 1) {
    const { gone, put } = await editLevel(pages, root, { level, edits: sorted(todo), shape, made });
    lines = put;
    const above = new Map<string, Line | undefined>([...gone.keys()].map((path) => [path, undefined]));
    for (const line of put) {
      if (gone.get(line[0]) === line[1]) above.delete(line[0]);
      else above.set(line[0], line);
    }
    if (above.size === 0) return { root, made: [] };
    todo = above;
  }
  pages.add(made.values());
  return { root: await crown(pages, { level: height, lines, shape, made }), made: [...made.values()] };
}

interface Level {
  level: number;
  edits: [path: string, line: Line | undefined][];
  shape: Shape;
  made: Map<string, Page>;
}

/** Cuts the pages of one level again in which an edit lies. `gone`: those pages, by last path; `put`: the lines of the new. */
async function editLevel(pages: Pages, root: string, { level, edits, shape, made }: Level) {
  const gone = new Map<string, string>();
  const put: Line[] = [];
  const keep = (page: Page | undefined) => {
    if (!page) return;
    made.set(page.hash, page);
    put.push(lineOf(page));
  };
  const positions = edits.map(([path]) => positionOf(path));
  await pages.loadAround(root, positions, level);
  for (let next = 0; next < edits.length; ) {
    const cursor = await Cursor.around(pages, root, positionOf(edits[next]?.[0] ?? ''), level);
    const cutter = new Cutter(level, shape);
    for (let page = cursor.page; page; page = cursor.page) {
      const last = page.lines.at(-1)?.[0];
      if (last !== undefined) gone.set(last, page.hash);
      let end = next;
      while (end < edits.length && (cursor.inLastPage || isUpTo(edits[end]?.[0] ?? '', last ?? ''))) end += 1;
      const old = page.lines.at(-1);
      const within = new Set(page.lines);
      if (old) within.delete(old);
      for (const line of merge(page.lines, edits.slice(next, end))) keep(cutter.push(line, within.has(line)));
      next = end;
      if (cutter.atCut) break;
      await cursor.nextPage();
    }
    if (!cutter.atCut) keep(cutter.end());
  }
  return { gone, put };
}

const isUpTo = (path: string, last: string): boolean =>
  comparePositions(positionOf(path), positionOf(last)) <= 0;

function* merge(lines: readonly Line[], edits: Level['edits']): Generator<Line> {
  let index = 0;
  for (const [path, edited] of edits) {
    const position = positionOf(path);
    for (let line = lines[index]; line; line = lines[index]) {
      const order = comparePositions(positionOf(line[0]), position);
      if (order > 0) break;
      index += 1;
      if (order === 0) break;
      yield line;
    }
    if (edited) yield edited;
  }
  yield* lines.slice(index);
}

/** The root over the lines of the pages of a level: more levels while there are several, fewer where one is enough. */
async function crown(pages: Pages, { level, lines, shape, made }: Omit<Level, 'edits'> & { lines: Line[] }) {
  let [above, row] = [level, lines];
  while (row.length > 1) {
    above += 1;
    const cutter = new Cutter(above, shape);
    const cut = row.map((line) => cutter.push(line)).filter((page) => page !== undefined);
    if (!cutter.atCut) cut.push(cutter.end());
    for (const page of cut) made.set(page.hash, page);
    pages.add(cut);
    row = cut.map(lineOf);
  }
  let root = row[0]?.[1] ?? emptyRoot;
  for (;;) {
    const page = await pages.get(root);
    const [only, other] = page.lines;
    if (page.level === 0 || !only || other) return root;
    made.delete(root);
    root = only[1];
  }
}

const sorted = (edits: Edits): Level['edits'] =>
  [...edits]
    .map(([path, line]) => ({ path, line, position: positionOf(path) }))
    .sort((a, b) => comparePositions(a.position, b.position))
    .map(({ path, line }) => [path, line]);
