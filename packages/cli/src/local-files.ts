import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { open, readdir, stat } from 'node:fs/promises';
import { basename, join, relative, sep } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { CliError } from './refusal.ts';

export interface LocalFile {
  /** On this machine. */
  file: string;
  /** In the repository. */
  path: string;
  sizeBytes: number;
}

/** Files as they are, folders with all they hold (hidden files excepted). Throws when one does not exist or two collide. */
export async function findFiles(given: readonly string[]): Promise<LocalFile[]> {
  const found: LocalFile[] = [];
  for (const path of given) {
    const info = await stat(path).catch(() => undefined);
    if (info === undefined) throw new CliError(`There is no file or folder ${path}.`, { code: 'ENOENT' });
    if (!info.isDirectory()) {
      found.push({ file: path, path: basename(path), sizeBytes: info.size });
      continue;
    }
    for (const entry of await readdir(path, { recursive: true, withFileTypes: true })) {
      const file = join(entry.parentPath, entry.name);
      const inside = relative(path, file).split(sep);
      if (!entry.isFile() || inside.some((part) => part.startsWith('.'))) continue;
      found.push({ file, path: inside.join('/'), sizeBytes: (await stat(file)).size });
    }
  }
  const paths = new Set<string>();
  for (const { path } of found) {
    if (paths.has(path))
      throw new CliError(`Two files would become ${path}.`, { hint: 'Push their folder instead.' });
    paths.add(path);
  }
  if (found.length === 0)
    throw new CliError('There is no file to push.', { hint: 'Hidden files are left out.' });
  return found.sort((a, b) => (a.path < b.path ? -1 : 1));
}

const readBytes = 1 << 20;

export async function sha256Of(file: string, signal: AbortSignal): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(file, { highWaterMark: readBytes }), hash, { signal });
  return hash.digest('hex');
}

/**
 * Gives a file's bytes in order, in pieces that are overwritten after `take` has resolved: two buffers take turns, so that one is read
 * while the other is worked on.
 */
export async function readPieces(file: string, take: (piece: Buffer) => Promise<void>): Promise<void> {
  const handle = await open(file, 'r');
  const buffers = [Buffer.allocUnsafe(readBytes), Buffer.allocUnsafe(readBytes)] as const;
  let reading = handle.read(buffers[0], 0, readBytes);
  try {
    for (let turn: 0 | 1 = 0; ; turn = turn === 0 ? 1 : 0) {
      const { buffer, bytesRead } = await reading;
      if (bytesRead === 0) return;
      reading = handle.read(buffers[turn === 0 ? 1 : 0], 0, readBytes);
      await take(buffer.subarray(0, bytesRead));
    }
  } finally {
    await reading.catch(() => {});
    await handle.close();
  }
}

/** Reads a file by `work`; throws when it is another afterwards than when it was found, since half of each is neither. */
export async function readUnchanged<T>(local: LocalFile, work: () => Promise<T>): Promise<T> {
  const before = await stat(local.file);
  const result = await work();
  const after = await stat(local.file);
  const same =
    before.size === local.sizeBytes &&
    after.size === before.size &&
    after.mtimeMs === before.mtimeMs &&
    after.ino === before.ino;
  if (same) return result;
  throw changedMeanwhile(local);
}

export const changedMeanwhile = ({ file }: LocalFile): CliError =>
  new CliError(`${file} changed while it was read.`, {
    code: 'CHANGED',
    hint: 'Push again when nothing writes to it.',
  });
