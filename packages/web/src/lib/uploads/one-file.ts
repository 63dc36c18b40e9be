import { beginUpload, completeUpload, type OpenUpload, readUpload } from '@banyan/contract';
import { hubUrl } from '../api.ts';
import { hubErrorOf } from '../failure.ts';
import { bytesOf, sha256Of } from './digest.ts';
import type { Gate } from './gate.ts';
import { rememberedUpload, rememberUpload, signatureOf } from './remembered.ts';
import { send } from './send.ts';

/** Files up to this size go in one request, larger ones in parts of this size or more. */
export const partBytes = 8 * 1024 * 1024;
const mostParts = 10_000;
const partsAtOnce = 3;

/** How far a file is: `sent` counts what is at the hub and what is on its way; `there` is what did not need to be sent. */
export type OnProgress = (progress: { sentBytes: number; thereBytes: number }) => void;

const options = (signal: AbortSignal) => ({ url: hubUrl, signal });

/** Sends a small file, whose sha256 is known. */
export async function sendWhole(
  file: File,
  sha256: string,
  gate: Gate,
  onProgress: OnProgress,
): Promise<void> {
  await gate.pass((signal) =>
    send('POST', '/api/blobs', file, {
      sha256,
      signal,
      onProgress: (sentBytes) => onProgress({ sentBytes: Math.min(sentBytes, file.size), thereBytes: 0 }),
    }),
  );
}

/** Sends a large file in parts, those that the hub lacks, and answers its sha256. */
export async function sendInParts(
  file: File,
  gate: Gate,
  onProgress: OnProgress,
): Promise<{ sha256: string; signature: string }> {
  const signature = await signatureOf(file);
  const upload = await openUpload(file, signature, gate);
  if ('sha256' in upload) {
    onProgress({ sentBytes: file.size, thereBytes: file.size });
    return { ...upload, signature };
  }
  const there = new Set(upload.received);
  const sizeOf = (number: number): number =>
    Math.min(upload.partBytes, file.size - (number - 1) * upload.partBytes);
  const thereBytes = upload.received.reduce((sum, number) => sum + sizeOf(number), 0);
  let doneBytes = thereBytes;
  const onTheirWay = new Map<number, number>();
  const report = (): void => {
    let sentBytes = doneBytes;
    for (const bytes of onTheirWay.values()) sentBytes += bytes;
    onProgress({ sentBytes, thereBytes });
  };
  report();

  const missing = Array.from({ length: upload.parts }, (_, index) => index + 1).filter(
    (part) => !there.has(part),
  );
  const sendNext = async (): Promise<void> => {
    for (let number = missing.shift(); number !== undefined; number = missing.shift()) {
      const part = number;
      const [start, size] = [(part - 1) * upload.partBytes, sizeOf(part)];
      try {
        await gate.pass(async (signal) => {
          // Read anew each time, so that a file that changes meanwhile is told as such.
          const sha256 = await sha256Of(await readPart(file, start, size));
          signal.addEventListener('abort', () => {
            if (onTheirWay.delete(part)) report();
          });
          return send('PUT', `/api/uploads/${upload.id}/parts/${part}`, file.slice(start, start + size), {
            sha256,
            signal,
            onProgress(sentBytes) {
              onTheirWay.set(part, Math.min(sentBytes, size));
              report();
            },
          });
        });
      } catch (error) {
        // The others need not begin what cannot be completed.
        missing.length = 0;
        throw error;
      }
      onTheirWay.delete(part);
      doneBytes += size;
      report();
    }
  };
  await Promise.all(Array.from({ length: partsAtOnce }, sendNext));
  const { sha256 } = await gate.pass((signal) => completeUpload(options(signal), upload.id));
  return { sha256, signature };
}

/** The upload that this file's parts belong to, begun now or before; or its sha256, when all of it is there. */
async function openUpload(
  file: File,
  signature: string,
  gate: Gate,
): Promise<OpenUpload | { sha256: string }> {
  const id = rememberedUpload(signature);
  if (id !== undefined) {
    try {
      return await gate.pass((signal) => readUpload(options(signal), id));
    } catch (error) {
      const code = hubErrorOf(error)?.code;
      if (code === 'GONE') {
        const whole = await gate.pass((signal) => completeUpload(options(signal), id)).catch(() => undefined);
        if (whole !== undefined) return whole;
      } else if (code !== 'NOT_FOUND') throw error;
    }
  }
  const size = Math.max(partBytes, Math.ceil(file.size / mostParts / 2 ** 20) * 2 ** 20);
  const upload = await gate.pass((signal) =>
    beginUpload(options(signal), { sizeBytes: file.size, partBytes: size }),
  );
  rememberUpload(signature, upload.id);
  return upload;
}

/** Throws when the file changed on disk since it was chosen, or cannot be read. */
export async function readPart(
  file: File,
  start: number,
  sizeBytes: number,
): Promise<Uint8Array<ArrayBuffer>> {
  let bytes: Uint8Array<ArrayBuffer>;
  try {
    bytes = await bytesOf(file.slice(start, start + sizeBytes));
  } catch {
    throw new Error(`“${file.name}” changed since you chose it, or cannot be read. Choose it again.`);
  }
  if (bytes.length !== sizeBytes) throw new Error(`“${file.name}” is shorter than it was. Choose it again.`);
  return bytes;
}
