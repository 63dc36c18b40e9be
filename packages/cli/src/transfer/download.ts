import { createHash } from 'node:crypto';
import { rename, rmdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type FileEntry, fileUrl, HubError } from '@banyan/contract';
import { sha256Of } from '../local-files.ts';
import { CliError } from '../refusal.ts';
import type { Session } from '../session.ts';
import { cutLine, exchange, readPieces } from './http.ts';
import { Lanes } from './lanes.ts';
import { RangeFile, rangeBytes } from './range-file.ts';
import type { RemoteVersion } from './remote-files.ts';
import { withRetries } from './retries.ts';
import type { TargetFolder } from './target-folder.ts';

const requestsAtOnce = 8;
const idleMs = 60_000;
/** Bytes that turn out wrong are fetched once more before the hub is said to lie. */
const wholeTries = 2;

export interface DownloadListener {
  /** Received, or found to be there. Negative when a range has to be fetched again. */
  onDone(sizeBytes: number): void;
  onReceived(sizeBytes: number): void;
}

interface Work {
  session: Session;
  version: RemoteVersion;
  folder: TargetFolder;
  listener: DownloadListener;
  signal: AbortSignal;
  lanes: Lanes;
  /** Of `rangeBytes` each, to be used again. */
  buffers: Buffer[];
}

/**
 * Brings files into a folder, several at once and large ones in ranges, each verified by its sha256 before it is put in place. What
 * is there with the right bytes is not fetched; what was half fetched when it was killed goes on.
 */
export async function download(
  session: Session,
  version: RemoteVersion,
  files: readonly FileEntry[],
  folder: TargetFolder,
  listener: DownloadListener,
  signal: AbortSignal,
): Promise<void> {
  const work: Work = {
    session,
    version,
    folder,
    listener,
    signal,
    lanes: new Lanes(requestsAtOnce),
    buffers: [],
  };
  const finishing: Promise<void>[] = [];
  try {
    for (const file of files) {
      signal.throwIfAborted();
      if (file.sizeBytes > rangeBytes) finishing.push((await beginLarge(work, file)).finished);
      else await work.lanes.begin(() => fetchSmall(work, file));
    }
  } finally {
    try {
      await work.lanes.end();
    } finally {
      await Promise.allSettled(finishing);
    }
  }
  await Promise.all(finishing);
  await rmdir(join(folder.path, onTheWay)).catch(() => {});
}

/** Of the target folder: where files are until they are whole. */
const onTheWay = '.banyan';

/** Two files may have the same bytes, so the path is in the name too. */
const partOf = (folder: TargetFolder, { path, sha256 }: FileEntry): Promise<string> =>
  folder.place(`${onTheWay}/${sha256}-${createHash('sha256').update(path).digest('hex').slice(0, 16)}`);

const isHere = async (
  target: string,
  { sha256, sizeBytes }: FileEntry,
  signal: AbortSignal,
): Promise<boolean> => {
  const info = await stat(target).catch(() => undefined);
  return info?.isFile() === true && info.size === sizeBytes && (await sha256Of(target, signal)) === sha256;
};

async function fetchSmall(work: Work, file: FileEntry): Promise<void> {
  const { folder, listener, signal } = work;
  const target = await folder.place(file.path);
  if (await isHere(target, file, signal)) return listener.onDone(file.sizeBytes);
  const bytes = Buffer.allocUnsafe(file.sizeBytes);
  await verified(
    file,
    async () => {
      await fetchRange(work, file, 0, bytes);
      if (createHash('sha256').update(bytes).digest('hex') !== file.sha256) throw new HubError('CHECKSUM');
    },
    () => listener.onDone(-bytes.length),
  );
  const part = await partOf(folder, file);
  await writeFile(part, bytes);
  await rename(part, target);
}

/** Begins all of a large file's ranges; what it gives is settled when the file is in place. */
async function beginLarge(work: Work, file: FileEntry): Promise<{ finished: Promise<void> }> {
  const { folder, listener, signal, lanes } = work;
  const target = await folder.place(file.path);
  if (await isHere(target, file, signal)) {
    listener.onDone(file.sizeBytes);
    return { finished: Promise.resolve() };
  }
  const part = await partOf(folder, file);
  const fetchAll = async (): Promise<{ finished: Promise<void> }> => {
    const ranges = await RangeFile.open(part, file);
    const missing = ranges.missing();
    listener.onDone(file.sizeBytes - missing.reduce((sum, { start, end }) => sum + end - start, 0));
    const running: Promise<void>[] = [];
    for (const { number, start, end } of missing) {
      const done = Promise.withResolvers<void>();
      running.push(done.promise);
      // A failure is told by its lane too, and settled below.
      done.promise.catch(() => {});
      const begun = lanes.begin(async () => {
        try {
          const buffer = work.buffers.pop() ?? Buffer.allocUnsafe(rangeBytes);
          const bytes = buffer.subarray(0, end - start);
          await fetchRange(work, file, start, bytes);
          await ranges.write(number, bytes);
          work.buffers.push(buffer);
          done.resolve();
        } catch (error) {
          done.reject(error);
          throw error;
        }
      });
      try {
        await begun;
      } catch (error) {
        // An earlier piece has failed, of this file or another: this one never begins.
        done.reject(error);
        await Promise.allSettled(running);
        await ranges.close();
        throw error;
      }
    }
    const finished = Promise.allSettled(running).then(async (ends) => {
      const failure = ends.find((end) => end.status === 'rejected');
      if (failure === undefined) return ranges.finish(target);
      await ranges.close();
      throw failure.reason;
    });
    finished.catch(() => {});
    return { finished };
  };
  let attempt = await fetchAll();
  const finished = verified(
    file,
    () => attempt.finished,
    async () => {
      listener.onDone(-file.sizeBytes);
      attempt = await fetchAll();
    },
  );
  finished.catch(() => {});
  return { finished };
}

/** Repeats an attempt that brought wrong bytes, after `again`. */
async function verified(
  file: FileEntry,
  attempt: () => Promise<void>,
  again: () => Promise<void> | void,
): Promise<void> {
  for (let tries = 1; ; tries++)
    try {
      return await attempt();
    } catch (error) {
      if (!(error instanceof HubError && error.code === 'CHECKSUM')) throw error;
      if (tries === wholeTries) throw damaged(file);
      await again();
    }
}

const damaged = ({ path }: FileEntry): CliError =>
  new CliError(`${path} arrived damaged, twice: its bytes are not those that the hub announces.`, {
    code: 'CHECKSUM',
    hint: 'Tell who runs the hub: its store may be damaged.',
  });

/** Fills `into` with the file's bytes from `start` on; when the line is cut, it goes on where it was. */
async function fetchRange(work: Work, file: FileEntry, start: number, into: Uint8Array): Promise<void> {
  const { session, version, listener, signal } = work;
  if (into.length === 0) return;
  const address = fileUrl(session.url, version.kind, version.repository, version.commit, file.path);
  const end = start + into.length;
  const headers = { range: `bytes=${start}-${end - 1}`, 'accept-encoding': 'identity' };
  let at = 0;
  await withRetries(
    async () => {
      if (at === into.length) return;
      // What arrived before the line was cut is not asked for again.
      headers.range = `bytes=${start + at}-${end - 1}`;
      const response = await exchange({
        method: 'GET',
        address,
        token: session.token,
        headers,
        signal,
        idleMs,
      });
      const whole = response.statusCode === 200 && start + at === 0 && end === file.sizeBytes;
      try {
        if (response.statusCode !== 206 && !whole)
          throw cutLine(new Error('the hub did not send the range asked for'));
        await readPieces(response, (piece) => {
          if (at + piece.length > into.length) throw new Error('the hub sent more than asked for');
          into.set(piece, at);
          at += piece.length;
          listener.onDone(piece.length);
          listener.onReceived(piece.length);
        });
        if (at < into.length) throw cutLine(new Error('the answer ended early'));
      } catch (error) {
        signal.throwIfAborted();
        throw error;
      } finally {
        response.destroy();
      }
    },
    { signal },
  );
}
