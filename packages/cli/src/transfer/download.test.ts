import { randomBytes } from 'node:crypto';
import { lstat, mkdir, mkdtemp, readdir, readFile, readlink, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { FileEntry } from '@banyan/contract';
import { afterAll, describe, expect, it } from 'vitest';
import type { Session } from '../session.ts';
import { download } from './download.ts';
import { type Answer, answerRange, entryOf, withServer } from './file-server.ts';
import { rangeBytes } from './range-file.ts';
import { selectFiles } from './remote-files.ts';
import { openTargetFolder } from './target-folder.ts';

const version = { kind: 'dataset' as const, repository: 'flora/x', commit: 'c'.repeat(40) };
const large = randomBytes(3 * rangeBytes + 12_345);
const folders = await mkdtemp(join(tmpdir(), 'banyan-pull-'));
afterAll(() => rm(folders, { recursive: true, force: true }));
const newFolder = (): Promise<string> => mkdtemp(join(folders, 'to-'));

/** Downloads into the folder; answers how many bytes came, and how many were done in the end. */
async function pull(
  session: Session,
  files: FileEntry[],
  folder: string,
  signal = new AbortController().signal,
): Promise<{ received: number; done: number }> {
  const moved = { received: 0, done: 0 };
  const listener = {
    onDone(sizeBytes: number) {
      moved.done += sizeBytes;
    },
    onReceived(sizeBytes: number) {
      moved.received += sizeBytes;
    },
  };
  await download(session, version, files, await openTargetFolder(folder), listener, signal);
  return moved;
}

describe('a download', () => {
  it('brings small and large files, and leaves what is there', async () => {
    const folder = await newFolder();
    const contents = new Map([
      ['large.bin', large],
      ['again/large.bin', large],
      ['deep/er/small.txt', Buffer.from('hello')],
      ['empty', Buffer.alloc(0)],
    ]);
    const files = [...contents].map(([path, bytes]) => entryOf(path, bytes));
    const total = files.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
    const answer: Answer = (request, response) => {
      const path = decodeURIComponent(request.url!.split('/').slice(7).join('/'));
      answerRange(request, response, contents.get(path)!);
    };
    await withServer(answer, async (session) => {
      expect(await pull(session, files, folder)).toEqual({ received: total, done: total });
      for (const [path, bytes] of contents)
        expect(Buffer.compare(await readFile(join(folder, path)), bytes), path).toBe(0);
      expect((await readdir(folder)).sort()).toEqual(['again', 'deep', 'empty', 'large.bin']);
      expect(await pull(session, files, folder)).toEqual({ received: 0, done: total });
    });
  });

  it('goes on where the line was cut, and fetches nothing twice', async () => {
    const folder = await newFolder();
    let cuts = 0;
    const answer: Answer = (request, response) =>
      answerRange(request, response, large, (part) =>
        cuts++ < 3 ? part.subarray(0, Math.floor(part.length / 2)) : part,
      );
    await withServer(answer, async (session) => {
      const moved = await pull(session, [entryOf('a.bin', large)], folder);
      expect(moved).toEqual({ received: large.length, done: large.length });
      expect(Buffer.compare(await readFile(join(folder, 'a.bin')), large)).toBe(0);
    });
  });

  it('goes on where it was stopped', async () => {
    const folder = await newFolder();
    const file = entryOf('a.bin', large);
    const stop = new AbortController();
    let held = 0;
    // The first three ranges arrive, the last never does.
    const slow: Answer = (request, response) => {
      if (request.headers.range!.startsWith(`bytes=${3 * rangeBytes}-`)) held += 1;
      else answerRange(request, response, large);
    };
    await withServer(slow, async (session) => {
      const stopped = pull(session, [file], folder, stop.signal);
      const log = async (): Promise<string> => {
        const [name] = (await readdir(join(folder, '.banyan'))).filter((name) => name.endsWith('.ranges'));
        return readFile(join(folder, '.banyan', name!), 'utf8');
      };
      // A slow machine takes its time.
      const patient = { timeout: 20_000 };
      await expect.poll(log, patient).toMatch(/^(?=[^]*\n0\n)(?=[^]*\n1\n)(?=[^]*\n2\n)/);
      await expect.poll(() => held, patient).toBe(1);
      stop.abort();
      await expect(stopped).rejects.toThrow();
    });
    expect(await readdir(folder)).toEqual(['.banyan']);
    await withServer(
      (request, response) => answerRange(request, response, large),
      async (session) => {
        expect(await pull(session, [file], folder)).toEqual({ received: 12_345, done: large.length });
        expect(Buffer.compare(await readFile(join(folder, 'a.bin')), large)).toBe(0);
        expect(await readdir(folder)).toEqual(['a.bin']);
      },
    );
  });

  it('fetches damaged bytes again, and says so when they stay damaged', async () => {
    const small = Buffer.from('what was announced');
    for (const bytes of [small, large]) {
      const folder = await newFolder();
      const file = entryOf('a.bin', bytes);
      let lies = 1;
      const answer: Answer = (request, response) =>
        answerRange(request, response, bytes, (part, start) => {
          if (start !== 0 || lies-- <= 0) return part;
          const wrong = Buffer.from(part);
          wrong[7]! ^= 1;
          return wrong;
        });
      await withServer(answer, async (session) => {
        const moved = await pull(session, [file], folder);
        expect(moved).toEqual({ received: 2 * bytes.length, done: bytes.length });
        lies = 99;
        await expect(pull(session, [file], await newFolder())).rejects.toMatchObject({
          code: 'CHECKSUM',
          message: expect.stringContaining('a.bin arrived damaged, twice'),
        });
      });
    }
  });

  it('refuses more bytes than it asked for, without keeping them', async () => {
    const file = entryOf('a.txt', Buffer.from('hello'));
    const stop = AbortSignal.timeout(1500);
    let answers = 0;
    await withServer(
      (_request, response) => {
        answers += 1;
        response.writeHead(206);
        const flood = (): void => {
          while (response.write(Buffer.alloc(65_536)));
          response.once('drain', flood);
        };
        flood();
      },
      async (session) => {
        const folder = await newFolder();
        await expect(pull(session, [file], folder, stop)).rejects.toThrow();
        expect(answers).toBeGreaterThan(1);
        expect((await readdir(folder)).filter((name) => name !== '.banyan')).toEqual([]);
      },
    );
  });

  it('never writes outside its folder', async () => {
    const outside = await newFolder();
    const folder = await newFolder();
    await symlink(outside, join(folder, 'link'));
    const bytes = Buffer.from('x');
    const answer: Answer = (request, response) => answerRange(request, response, bytes);
    await withServer(answer, async (session) => {
      for (const path of ['../x', '/tmp/x', 'a/../../x', '..', '.', 'link/x', 'link/deeper/x'])
        await expect(pull(session, [entryOf(path, bytes)], folder), path).rejects.toThrow(
          /would leave|symbolic link/,
        );
      await symlink(join(outside, 'victim'), join(folder, 'file'));
      await pull(session, [entryOf('file', bytes)], folder);
      expect((await lstat(join(folder, 'file'))).isFile()).toBe(true);
    });
    expect(await readdir(outside)).toEqual([]);
  });

  it('tells a refusal at once', async () => {
    const refusal = JSON.stringify({ code: 'CONSENT_NEEDED', message: 'Ask first.' });
    await withServer(
      (_request, response) => response.writeHead(403).end(refusal),
      async (session) => {
        const pulled = pull(session, [entryOf('a', large)], await newFolder());
        await expect(pulled).rejects.toMatchObject({ code: 'CONSENT_NEEDED', message: 'Ask first.' });
      },
    );
  });

  it('closes what it opened when the rest of a file is given up', async () => {
    const folder = await newFolder();
    // More ranges than are fetched at once.
    const file = { ...entryOf('a', large), sizeBytes: 20 * rangeBytes };
    await withServer(
      (_request, response) => response.writeHead(403).end('{"code":"CONSENT_NEEDED","message":"No."}'),
      async (session) => {
        await expect(pull(session, [file, { ...file, path: 'b' }], folder)).rejects.toThrow('No.');
      },
    );
    const open = await Promise.all(
      (await readdir('/proc/self/fd')).map((fd) => readlink(`/proc/self/fd/${fd}`).catch(() => '')),
    );
    expect(open.filter((path) => path.startsWith(folder))).toEqual([]);
  });

  it('does not take a file for a folder', async () => {
    const folder = await newFolder();
    await writeFile(join(folder, 'a'), 'mine');
    await mkdir(join(folder, 'b'));
    const bytes = Buffer.from('x');
    await withServer(
      (request, response) => answerRange(request, response, bytes),
      async (session) => {
        await expect(pull(session, [entryOf('a/x', bytes)], folder)).rejects.toThrow('not a folder');
        await expect(pull(session, [entryOf('b', bytes)], folder)).rejects.toThrow();
      },
    );
    expect(await readFile(join(folder, 'a'), 'utf8')).toBe('mine');
  });
});

it('selects by patterns', () => {
  const paths = ['README.md', 'data/a.csv', 'data/deep/b.csv', 'data/deep/c.json', 'raw/a.csv'];
  const select = (include: string[], exclude: string[] = []): string[] =>
    selectFiles(
      paths.map((path) => entryOf(path, Buffer.alloc(0))),
      { include, exclude },
    ).map(({ path }) => path);
  expect(select([])).toEqual(paths);
  expect(select(['*.csv'])).toEqual(['data/a.csv', 'data/deep/b.csv', 'raw/a.csv']);
  expect(select(['data/*.csv'])).toEqual(['data/a.csv']);
  expect(select(['data'])).toEqual(['data/a.csv', 'data/deep/b.csv', 'data/deep/c.json']);
  expect(select(['data/**/*.csv', 'README.md'], ['deep/', '**/deep/**'])).toEqual([
    'README.md',
    'data/a.csv',
  ]);
});
