import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { type Edits, editTree } from './edit.ts';
import { emptyRoot, fileLine, type Page, totalsOf, usualShape } from './page.ts';
import { Cursor, Pages } from './pages.ts';
import { comparePaths, startOf } from './paths.ts';

/** Small pages, so that few files make a tree of several levels. */
const shape = { divisor: 4, most: 9 };

function memory() {
  const stored = new Map<string, Page>();
  const open = () => new Pages(async (hashes) => hashes.flatMap((hash) => stored.get(hash) ?? []));
  const edit = async (root: string, edits: Edits, used = shape) => {
    const { root: next, made } = await editTree(open(), root, edits, used);
    for (const page of made) stored.set(page.hash, page);
    return { root: next, made };
  };
  const list = async (root: string) => {
    const lines = [];
    for (const cursor = await Cursor.open(open(), root, startOf('')); cursor.line; await cursor.next())
      lines.push(cursor.line);
    return lines;
  };
  return { stored, open, edit, list };
}

const put = (path: string, content: number) =>
  [path, fileLine(path, { sha256: `sha of ${content}`, sizeBytes: content })] as const;

const paths = fc.array(fc.constantFrom('a', 'B', 'b', 'é', 'Z', '-', '1'), { minLength: 1, maxLength: 4 });
const path = fc.oneof(
  paths.map((parts) => parts.join('/')),
  fc.nat({ max: 60 }).map((n) => `file-${n}`),
);
const step = fc.array(fc.tuple(path, fc.option(fc.nat({ max: 3 }))), { maxLength: 30 });

it('makes the same root of the same files, whatever their history', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 8 }), async (steps) => {
      const { edit, list, stored } = memory();
      const files = new Map<string, number>();
      let root = emptyRoot;
      for (const changes of steps) {
        const edits = new Map(
          changes.map(([one, content]) => (content === null ? [one, undefined] : put(one, content))),
        );
        for (const [one, content] of changes)
          if (content === null) files.delete(one);
          else files.set(one, content);
        ({ root } = await edit(root, edits));
      }
      const wanted = [...files].sort(([a], [b]) => comparePaths(a, b)).map(([one, n]) => put(one, n)[1]);
      expect(await list(root)).toEqual(wanted);
      const fresh = await edit(emptyRoot, new Map([...files].map(([one, n]) => put(one, n))));
      expect(root).toBe(fresh.root);
      const page = stored.get(root);
      if (page) expect(totalsOf(page).files).toBe(files.size);
    }),
    { numRuns: 400 },
  );
});

it('writes the pages that change, and no others', async () => {
  const { edit, list } = memory();
  const many = new Map(Array.from({ length: 20_000 }, (_, n) => put(`images/${n}.png`, n)));
  const first = await edit(emptyRoot, many, usualShape);
  expect(first.made.length).toBeGreaterThan(70);
  const second = await edit(first.root, new Map([put('images/777.png', 1)]), usualShape);
  expect(second.made.length).toBeLessThanOrEqual(3);
  expect((await edit(second.root, new Map([put('images/777.png', 777)]), usualShape)).root).toBe(first.root);
  expect(await list(first.root)).toHaveLength(20_000);
  expect(await edit(first.root, new Map([put('images/7.png', 7)]), usualShape)).toEqual({
    root: first.root,
    made: [],
  });
});

it('cuts pages though nobody wants it to: paths chosen so that their hashes never cut', async () => {
  const { edit, stored } = memory();
  const never = { divisor: Number.MAX_SAFE_INTEGER, most: 10 };
  await edit(emptyRoot, new Map(Array.from({ length: 1000 }, (_, n) => put(`${n}`, n))), never);
  expect(Math.max(...[...stored.values()].map((page) => page.lines.length))).toBe(10);
});
