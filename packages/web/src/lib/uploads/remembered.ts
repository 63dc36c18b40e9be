import { bytesOf, sha256Of } from './digest.ts';

/** Where the uploads that were begun are noted, so that they go on after the page was closed: their ids at the hub by file. */
const shelf = 'banyan.uploads';
const keptForMs = 7 * 24 * 3600 * 1000;
const most = 500;
const sampleBytes = 64 * 1024;

interface Note {
  id: string;
  atMs: number;
}

/**
 * What a file is recognised by when it is chosen again: name, size, time of change, and its first and last bytes. A browser tells a
 * page no more, and to hash 10 GB first would take longer than it spares.
 */
export async function signatureOf(file: File): Promise<string> {
  const head = await bytesOf(file.slice(0, sampleBytes));
  const tail = await bytesOf(file.slice(Math.max(0, file.size - sampleBytes)));
  const sample = new Uint8Array(head.length + tail.length);
  sample.set(head);
  sample.set(tail, head.length);
  return [file.name, file.size, file.lastModified, await sha256Of(sample)].join('|');
}

export const rememberedUpload = (signature: string): string | undefined => read()[signature]?.id;

export function rememberUpload(signature: string, id: string): void {
  const notes = Object.entries({ ...read(), [signature]: { id, atMs: Date.now() } });
  const fresh = notes
    .filter(([, { atMs }]) => Date.now() - atMs < keptForMs)
    .sort(([, a], [, b]) => b.atMs - a.atMs);
  write(Object.fromEntries(fresh.slice(0, most)));
}

export function forgetUpload(signature: string): void {
  const { [signature]: _gone, ...rest } = read();
  write(rest);
}

function read(): Record<string, Note> {
  try {
    return JSON.parse(localStorage.getItem(shelf) ?? '{}') as Record<string, Note>;
  } catch {
    return {};
  }
}

function write(notes: Record<string, Note>): void {
  try {
    localStorage.setItem(shelf, JSON.stringify(notes));
  } catch {
    // A browser that keeps nothing (private windows, a full shelf) uploads all the same; it only cannot go on later.
  }
}
