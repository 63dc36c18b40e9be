import { hub } from '../api.ts';
import { sha256Of } from './digest.ts';
import { Gate } from './gate.ts';
import { partBytes, readPart, sendInParts, sendWhole } from './one-file.ts';
import { forgetUpload } from './remembered.ts';

export interface ChosenFile {
  /** In the repository. */
  path: string;
  file: File;
}

export interface FileProgress {
  path: string;
  sizeBytes: number;
  sentBytes: number;
  /** Of these, what the hub had already. */
  thereBytes: number;
  state: 'waiting' | 'sending' | 'done';
}

export interface RunState {
  files: readonly FileProgress[];
  state: 'running' | 'paused' | 'offline' | 'committing' | 'done';
  sentBytes: number;
  thereBytes: number;
  totalBytes: number;
  /** Of the last ten seconds; undefined until there is enough to tell by. */
  bytesPerSecond: number | undefined;
}

export interface UploadRun {
  /**
   * Resolves when everything is committed, with the number of the pull request if there is one; rejects when it failed or
   * was stopped.
   */
  finished: Promise<number | undefined>;
  pause: () => void;
  goOn: () => void;
  /** Ends it. What has arrived stays at the hub for a week, so that choosing the same files goes on. */
  stop: () => void;
}

const requestsAtOnce = 4;
const askedAtOnce = 1000;
const operationsPerCommit = 10_000;
const reportMs = 150;

/** Uploads files and adds them all in one commit (or few, of very many): either every file arrives or none. */
export function startUpload(options: {
  kind: 'dataset' | 'model';
  namespace: string;
  name: string;
  message: string;
  files: readonly ChosenFile[];
  /** Leaves main as it is, and opens a pull request with the files. */
  pullRequest: boolean;
  onChange: (state: RunState) => void;
}): UploadRun {
  const { files, onChange, message, pullRequest, ...at } = options;
  const stop = new AbortController();
  const report = reporter(files, onChange);
  const gate = new Gate(stop.signal, () => report.now(gate.state === 'open' ? 'running' : gate.state));
  const hashes = new Map<string, string>();
  const signatures: string[] = [];

  const run = async (): Promise<number | undefined> => {
    const small = files.filter(({ file }) => file.size <= partBytes);
    for (let start = 0; start < small.length; start += askedAtOnce)
      await sendSmall(small.slice(start, start + askedAtOnce));
    for (const { path, file } of files) {
      if (hashes.has(path)) continue;
      const { sha256, signature } = await sendInParts(file, gate, (progress) =>
        report.file(path, { ...progress, state: 'sending' }),
      );
      hashes.set(path, sha256);
      signatures.push(signature);
      report.file(path, { sentBytes: file.size, state: 'done' });
    }
    report.now('committing');
    const operations = files.map(({ path }) => ({ op: 'add' as const, path, sha256: hashes.get(path)! }));
    let pull: number | undefined;
    for (let start = 0; start < operations.length; start += operationsPerCommit) {
      const made = await hub.repositories.commit({
        ...at,
        message,
        operations: operations.slice(start, start + operationsPerCommit),
        ...(pull === undefined ? { pullRequest } : { branch: `refs/pr/${pull}` }),
      });
      pull ??= made.pullRequest;
    }
    for (const signature of signatures) forgetUpload(signature);
    report.now('done');
    return pull;
  };

  const sendSmall = async (some: readonly ChosenFile[]): Promise<void> => {
    await inTurn(some, async ({ path, file }) => {
      stop.signal.throwIfAborted();
      hashes.set(path, await sha256Of(await readPart(file, 0, file.size)));
    });
    const asked = [...new Set(some.map(({ path }) => hashes.get(path)!))];
    const present = await gate.pass((signal) =>
      hub.uploads.present({ ...at, pullRequest, hashes: asked }, { signal }),
    );
    const there = new Set(present.hashes);
    await inTurn(some, async ({ path, file }) => {
      const sha256 = hashes.get(path)!;
      if (!there.has(sha256))
        await sendWhole(file, sha256, gate, (progress) =>
          report.file(path, { ...progress, state: 'sending' }),
        );
      const thereBytes = there.has(sha256) ? file.size : 0;
      report.file(path, { sentBytes: file.size, thereBytes, state: 'done' });
      there.add(sha256);
    });
  };

  const finished = run().finally(() => stop.abort());
  return {
    finished,
    pause: () => gate.pause(),
    goOn: () => gate.goOn(),
    stop: () => stop.abort(new Error('Stopped. Nothing was added; choose the same files to go on.')),
  };
}

/** Some at once; the first failure lets no other begin. */
async function inTurn<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  const left = items.values();
  let failed = false;
  const next = async (): Promise<void> => {
    for (const item of left) {
      if (failed) return;
      try {
        await work(item);
      } catch (error) {
        failed = true;
        throw error;
      }
    }
  };
  await Promise.all(Array.from({ length: requestsAtOnce }, next));
}

/** Gathers what changes and tells it a few times a second, however many files there are. */
function reporter(files: readonly ChosenFile[], onChange: (state: RunState) => void) {
  const progress = new Map<string, FileProgress>(
    files.map(({ path, file }) => [
      path,
      { path, sizeBytes: file.size, sentBytes: 0, thereBytes: 0, state: 'waiting' },
    ]),
  );
  const totalBytes = files.reduce((sum, { file }) => sum + file.size, 0);
  let state: RunState['state'] = 'running';
  let timer: ReturnType<typeof setTimeout> | undefined;
  const history: { atMs: number; movedBytes: number }[] = [];
  const tell = (): void => {
    clearTimeout(timer);
    timer = undefined;
    const all = [...progress.values()];
    const sentBytes = all.reduce((sum, one) => sum + one.sentBytes, 0);
    const thereBytes = all.reduce((sum, one) => sum + one.thereBytes, 0);
    const atMs = performance.now();
    if (state !== 'running') history.length = 0;
    history.push({ atMs, movedBytes: sentBytes - thereBytes });
    while (history.length > 2 && atMs - history[0]!.atMs > 10_000) history.shift();
    const [first] = history;
    const seconds = (atMs - first!.atMs) / 1000;
    const moved = sentBytes - thereBytes - first!.movedBytes;
    const bytesPerSecond = seconds > 1 && moved > 0 ? moved / seconds : undefined;
    onChange({ files: all, state, sentBytes, thereBytes, totalBytes, bytesPerSecond });
  };
  return {
    now(next: RunState['state']): void {
      state = next;
      tell();
    },
    file(path: string, change: Partial<FileProgress>): void {
      progress.set(path, { ...progress.get(path)!, ...change });
      timer ??= setTimeout(tell, reportMs);
    },
  };
}
