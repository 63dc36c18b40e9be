import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Queries } from '../../db/connection.ts';
import { startTestHub, type TestHub } from '../../testing.ts';
import { changeTree } from '../changing.ts';
import { repositories } from '../table.ts';
import { findEntries, listTree, type Version } from './listing.ts';
import { emptyRoot } from './page.ts';

let hub: TestHub;
let db: Queries;
let repository: string;
beforeAll(async () => {
  hub = await startTestHub();
  ({ db } = hub.services);
  const { username } = await hub.person();
  const [row] = await db
    .insert(repositories)
    .values({ kind: 'dataset', namespace: username, name: 'Many', terms: { text: '', purposes: [] } })
    .returning();
  repository = row?.id ?? '';
});
afterAll(() => hub.stop());

const file = (n: number) => ({ sha256: n.toString(16).padStart(64, '0'), sizeBytes: n });

async function treeOf(paths: readonly string[]): Promise<Version> {
  const steps = paths.map((path, n) => ({ op: 'put' as const, path, file: file(n) }));
  const { root } = await changeTree(db, { repository, root: emptyRoot }, steps);
  return { repository, root };
}

/** All pages of a listing, of `limit` entries each. */
async function listAll(version: Version, folder: string, recursive: boolean, limit: number) {
  const entries = [];
  let after: string | undefined;
  do {
    const page = await listTree(db, version, { folder, recursive, limit, after });
    expect(page.entries.length).toBeLessThanOrEqual(limit);
    entries.push(...page.entries);
    after = page.next;
  } while (after !== undefined);
  return entries;
}

describe('a listing', () => {
  it('holds each file and folder once, whatever the length of its pages', async () => {
    const part = fc.constantFrom('a', 'b', 'a.txt', 'a-b', 'Ü', 'z');
    const path = fc.array(part, { minLength: 1, maxLength: 4 }).map((parts) => [...parts, 'file'].join('/'));
    await fc.assert(
      fc.asyncProperty(
        fc.uniqueArray(path, { maxLength: 30 }),
        fc.integer({ min: 1, max: 7 }),
        async (paths, limit) => {
          const version = await treeOf(paths);
          const folders = new Set(
            paths.flatMap((one) =>
              one.split('/').flatMap((_, n, parts) => (n === 0 ? [] : [parts.slice(0, n).join('/')])),
            ),
          );
          const all = await listAll(version, '', true, limit);
          expect(all.map((entry) => entry.path).sort()).toEqual([...paths, ...folders].sort());
          for (const folder of ['', ...folders]) {
            const prefix = folder === '' ? '' : `${folder}/`;
            const children = [...paths, ...folders].filter(
              (one) => one.startsWith(prefix) && !one.slice(prefix.length).includes('/'),
            );
            const listed = await listAll(version, folder, false, limit);
            expect(listed.map((entry) => entry.path).sort()).toEqual(children.sort());
          }
        },
      ),
      { numRuns: 25 },
    );
  });

  it('finds files and folders by path, as they are spelt', async () => {
    const version = await treeOf(['data/Train.csv', 'data/deep/x', 'README.md']);
    const found = await findEntries(db, version, [
      'README.md',
      'data',
      'data/train.csv',
      'data/deep/x',
      'dat',
      'Data',
    ]);
    expect(found.map(({ kind, path }) => [kind, path])).toEqual([
      ['file', 'README.md'],
      ['directory', 'data'],
      ['file', 'data/deep/x'],
    ]);
  });

  it('seeks in 20,000 files', async () => {
    const version = await treeOf(Array.from({ length: 20_000 }, (_, n) => `images/${n % 100}/${n}.png`));
    const page = await listTree(db, version, { folder: 'images/77', recursive: false, limit: 1000 });
    expect(page.entries).toHaveLength(200);
    expect(
      (await listTree(db, version, { folder: 'images', recursive: false, limit: 1000 })).entries,
    ).toHaveLength(100);
    const middle = await listTree(db, version, {
      folder: '',
      recursive: true,
      limit: 3,
      after: 'images/50/10050.png',
    });
    expect(middle.entries.map((entry) => entry.path)).toEqual([
      'images/50/10150.png',
      'images/50/10250.png',
      'images/50/10350.png',
    ]);
  });
});

const put = (path: string) => ({ op: 'put' as const, path, file: file(1) });
const change = (version: Version, ...steps: Parameters<typeof changeTree>[2]) =>
  changeTree(db, version, steps);

describe('changing a tree', () => {
  it('refuses what would be one file or one folder on some computers', async () => {
    const version = await treeOf(['Readme.md', 'data/x', 'Straße', 'caf\u00e9/menu', 'ΑΣ']);
    for (const path of [
      'README.MD',
      'data',
      'Data/y',
      'readme.md/x',
      'STRASSE',
      'cafe\u0301/wine',
      'DATA',
      'ας',
    ])
      await expect(change(version, put(path)), path).rejects.toMatchObject({ code: 'BAD_INPUT' });
    await expect(change(version, put('new/a'), put('New/b'))).rejects.toMatchObject({ code: 'BAD_INPUT' });
    await change(version, { op: 'delete', path: 'Readme.md' }, put('README.MD'));
    await change(version, { op: 'delete-folder', path: 'data' }, put('data'));
  });

  it('takes steps in their order', async () => {
    const version = await treeOf(['a/1', 'a/2', 'b']);
    const { root } = await change(
      version,
      { op: 'copy', path: 'kept', from: { path: 'a/1' } },
      put('a/3'),
      { op: 'delete-folder', path: 'a' },
      put('a/4'),
      { op: 'copy', path: 'again', from: { path: 'a/2', root: version.root } },
    );
    const { entries } = await listTree(db, { repository, root }, { folder: '', recursive: true, limit: 100 });
    expect(entries.map((entry) => entry.path)).toEqual(['a', 'a/4', 'again', 'b', 'kept']);
    for (const step of [
      { op: 'delete' as const, path: 'c' },
      { op: 'delete-folder' as const, path: 'b' },
      { op: 'copy' as const, path: 'd', from: { path: 'c' } },
    ])
      await expect(change(version, step)).rejects.toMatchObject({ code: 'BAD_INPUT' });
  });
});
