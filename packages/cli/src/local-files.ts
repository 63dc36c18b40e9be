import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { mkdir, readdir, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join, relative, resolve, sep } from 'node:path';
import { Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { fileUrl, type RepositoryKind, refuse, uploadBlob } from '@banyan/contract';
import { CliError } from './refusal.ts';
import type { Session } from './session.ts';

export interface LocalFile {
  /** On this machine. */
  file: string;
  /** In the repository. */
  path: string;
  sizeBytes: number;
}

/** Files as they are, folders with all they hold (hidden files excepted). Throws when one does not exist or two collide. */
export async function findFiles(paths: readonly string[]): Promise<LocalFile[]> {
  const found: LocalFile[] = [];
  for (const path of paths) {
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
  const twice = found.find((one, index) => found.findIndex((other) => other.path === one.path) !== index);
  if (twice !== undefined)
    throw new CliError(`Two files would become ${twice.path}.`, { hint: 'Push their folder instead.' });
  if (found.length === 0)
    throw new CliError('There is no file to push.', { hint: 'Hidden files are left out.' });
  return found.sort((a, b) => (a.path < b.path ? -1 : 1));
}

const chunkBytes = 1 << 20;

export async function sha256Of(file: string, signal: AbortSignal): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(file, { highWaterMark: chunkBytes }), hash, { signal });
  return hash.digest('hex');
}

/** Uploads a file as a stream; `onBytes` is told each piece that left. */
export async function uploadFile(
  { url, token }: Session,
  { file }: LocalFile,
  sha256: string,
  onBytes: (sizeBytes: number) => void,
): Promise<void> {
  const tap = new Transform({
    transform(chunk: Uint8Array, _encoding, done) {
      onBytes(chunk.byteLength);
      done(undefined, chunk);
    },
  });
  const source = createReadStream(file, { highWaterMark: chunkBytes });
  source.on('error', (error) => tap.destroy(error));
  const stored = await uploadBlob(
    { url, token },
    Readable.toWeb(source.pipe(tap)) as ReadableStream<Uint8Array>,
  );
  if (stored.sha256 !== sha256)
    throw new CliError(`${file} changed while it was read.`, { hint: 'Push it again.' });
}

export interface RemoteFile {
  kind: RepositoryKind;
  repository: string;
  revision: string;
  path: string;
  sha256: string;
}

/** Downloads a file into `folder`, verified by its sha256, and puts it in place only when whole. */
export async function downloadFile(
  { url, token }: Session,
  remote: RemoteFile,
  folder: string,
  onBytes: (sizeBytes: number) => void,
  signal: AbortSignal,
): Promise<void> {
  const target = resolve(folder, remote.path);
  if (!target.startsWith(resolve(folder) + sep)) throw new CliError(`${remote.path} would leave ${folder}.`);
  await mkdir(dirname(target), { recursive: true });
  const response = await fetch(fileUrl(url, remote.kind, remote.repository, remote.revision, remote.path), {
    headers: { authorization: `Bearer ${token}` },
    signal,
  });
  await refuse(response);
  if (response.body === null) throw new CliError(`The hub sent no bytes of ${remote.path}.`);
  const partial = `${target}.part`;
  const hash = createHash('sha256');
  const tap = new Transform({
    transform(chunk: Uint8Array, _encoding, done) {
      hash.update(chunk);
      onBytes(chunk.byteLength);
      done(undefined, chunk);
    },
  });
  try {
    await pipeline(response.body, tap, createWriteStream(partial), { signal });
    if (hash.digest('hex') !== remote.sha256)
      throw new CliError(`${remote.path} arrived damaged.`, { code: 'CHECKSUM', hint: 'Pull again.' });
    await rename(partial, target);
  } finally {
    await rm(partial, { force: true });
  }
}
