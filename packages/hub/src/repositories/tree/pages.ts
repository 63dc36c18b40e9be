import { emptyPage, emptyRoot, findLine, type Line, type Page } from './page.ts';
import { comparePositions, type Position, positionOf } from './paths.ts';

/** Where pages come from: a repository's rows, or a map in a test. */
export type PageSource = (hashes: string[]) => Promise<Page[]>;

/** How many pages one question to the source may name. */
const atOnce = 200;

/** Pages of one repository, for as long as one rule works with them. */
export class Pages {
  private readonly known = new Map<string, Page>([[emptyRoot, emptyPage]]);
  private readonly source: PageSource;
  constructor(source: PageSource) {
    this.source = source;
  }
  /** Pages that were made here and are not in the source yet. */
  add(pages: Iterable<Page>): void {
    for (const page of pages) this.known.set(page.hash, page);
  }
  /** Lets go of a page that a walk has left behind; it is read again where it is asked for again. */
  forget(hash: string): void {
    if (hash !== emptyRoot) this.known.delete(hash);
  }
  has(hash: string): boolean {
    return this.known.has(hash);
  }
  async load(hashes: Iterable<string>): Promise<void> {
    const missing = [...new Set(hashes)].filter((hash) => !this.known.has(hash));
    for (let start = 0; start < missing.length; start += atOnce)
      this.add(await this.source(missing.slice(start, start + atOnce)));
  }
  async get(hash: string): Promise<Page> {
    const known = this.known.get(hash);
    if (known) return known;
    await this.load([hash]);
    const page = this.known.get(hash);
    if (!page) throw new Error(`a page of a tree is missing: ${hash}`);
    return page;
  }
  /** Loads, level by level down to one, the pages in which these positions lie; they come in order. */
  async loadAround(root: string, positions: readonly Position[], floor = 0): Promise<void> {
    let row = [await this.get(root)];
    while ((row[0]?.level ?? 0) > floor) {
      const children = new Set<string>();
      let at = 0;
      for (const position of positions) {
        while (at < row.length - 1 && isBehind(position, row[at])) at += 1;
        const page = row[at];
        const line = page && (page.lines[findLine(page, position)] ?? page.lines.at(-1));
        if (line) children.add(line[1]);
      }
      await this.load(children);
      row = await Promise.all([...children].map((hash) => this.get(hash)));
    }
  }
}

function isBehind(position: Position, page: Page | undefined): boolean {
  const last = page?.lines.at(-1);
  return last !== undefined && comparePositions(position, positionOf(last[0])) > 0;
}

/** How many neighbours are fetched with a page when a cursor walks on. */
const ahead = 8;
const mostAhead = 64;

/** A place in a tree, which moves forward alone: a line of a leaf, or of a level above. */
export class Cursor {
  private readonly stack: { page: Page; index: number }[] = [];
  private readonly pages: Pages;
  private readonly level: number;
  private eager = false;
  private fetched = 1;
  private constructor(pages: Pages, level: number) {
    this.pages = pages;
    this.level = level;
  }

  /**
   * At the first line of a level at or behind a position. `eager`: one that will go far fetches ever more at once, and keeps
   * nothing that it has passed.
   */
  static async open(
    pages: Pages,
    root: string,
    position: Position,
    { level = 0, eager = false } = {},
  ): Promise<Cursor> {
    const cursor = new Cursor(pages, level);
    cursor.eager = eager;
    cursor.stack.push({ page: await pages.get(root), index: 0 });
    await cursor.seek(position);
    return cursor;
  }

  /** In the page of a level where a position is or would be, at the end too. */
  static async around(pages: Pages, root: string, position: Position, level: number): Promise<Cursor> {
    const cursor = new Cursor(pages, level);
    const near = (page: Page) => Math.max(0, Math.min(findLine(page, position), page.lines.length - 1));
    const page = await pages.get(root);
    cursor.stack.push({ page, index: near(page) });
    await cursor.descend(near);
    return cursor;
  }

  /** The page it is in; undefined at the end. */
  get page(): Page | undefined {
    return this.stack.at(-1)?.page;
  }
  get line(): Line | undefined {
    const top = this.stack.at(-1);
    return top?.page.lines[top.index];
  }

  /** Whether its page is the last of its level. */
  get inLastPage(): boolean {
    return this.stack.slice(0, -1).every(({ page, index }) => index === page.lines.length - 1);
  }

  async next(): Promise<void> {
    const top = this.stack.at(-1);
    if (!top) return;
    top.index += 1;
    if (top.index >= top.page.lines.length) await this.nextPage(ahead);
  }

  /** To the first line of the next page of its level; so many are fetched at once. */
  async nextPage(fetched = 1): Promise<void> {
    this.leave();
    for (let top = this.stack.at(-1); top; top = this.stack.at(-1)) {
      top.index += 1;
      if (top.index < top.page.lines.length) break;
      this.leave();
    }
    const above = this.stack.at(-1);
    if (above)
      await this.pages.load(
        above.page.lines.slice(above.index, above.index + fetched).map(([, hash]) => hash),
      );
    await this.descend(() => 0);
  }

  /** Forward to the first line at or behind a position. */
  async seek(position: Position): Promise<void> {
    for (let top = this.stack.at(-1); top; top = this.stack.at(-1)) {
      top.index = Math.max(top.index, findLine(top.page, position));
      if (top.index < top.page.lines.length) break;
      this.leave();
    }
    await this.descend((page) => findLine(page, position));
  }

  private leave(): void {
    const left = this.stack.pop();
    if (this.eager && left) this.pages.forget(left.page.hash);
  }

  private async descend(indexIn: (page: Page) => number): Promise<void> {
    for (let top = this.stack.at(-1); top && top.page.level > this.level; top = this.stack.at(-1)) {
      const hash = top.page.lines[top.index]?.[1];
      if (hash === undefined) throw new Error('a cursor left its page');
      if (this.eager && !this.pages.has(hash)) {
        this.fetched = Math.min(this.fetched * 2, mostAhead);
        await this.pages.load(
          top.page.lines.slice(top.index, top.index + this.fetched).map(([, one]) => one),
        );
      }
      const page = await this.pages.get(hash);
      this.stack.push({ page, index: indexIn(page) });
    }
  }
}
