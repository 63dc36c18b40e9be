import { createHash, randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import * as fc from 'fast-check';
import { afterAll, afterEach, beforeAll, expect, it, vi } from 'vitest';
import { findPerson } from '../../people/store.ts';
import { refused } from '../../testing/refused.ts';
import { startTestHub, type TestHub } from '../../testing.ts';
import { readBlob } from '../read.ts';
import { ArrivingPart } from './arriving.ts';
import { completeUpload } from './complete.ts';
import { putPart } from './parts.ts';
import { forgetProgress, Progress } from './progress.ts';
import { beginUpload } from './sessions.ts';

const partBytes = 64 << 10;
const hashOf = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

let hub: TestHub;
let uploader = '';
let folder = '';
beforeAll(async () => {
  hub = await startTestHub();
  const { username } = await hub.person();
  uploader = (await findPerson(hub.services.db, username))?.id ?? '';
  folder = await mkdtemp(join(tmpdir(), 'banyan-arriving-'));
});
afterAll(async () => {
  await hub.stop();
  await rm(folder, { recursive: true, force: true });
});

afterEach(() => void vi.useRealTimers());

const written = async (): Promise<void> => {};

function partsOf(bytes: Buffer, file: string) {
  const progress = new Progress({ id: 'an upload', file, sizeBytes: bytes.length, partBytes });
  return {
    progress,
    part: (number: number) => ({
      arriving: new ArrivingPart(progress, number),
      bytes: bytes.subarray((number - 1) * partBytes, number * partBytes),
    }),
  };
}

it('hashes parts that come in order as they come, and reads none of them back', async () => {
  const bytes = randomBytes(3 * partBytes - 5);
  // There is no file that could be read.
  const { progress, part } = partsOf(bytes, join(folder, 'none'));
  for (const number of [1, 2, 3]) {
    const { arriving, bytes } = part(number);
    await arriving.see(bytes.subarray(0, 1000), written);
    await arriving.see(bytes.subarray(1000), written);
    arriving.end();
    progress.note([number]);
  }
  expect(await progress.digest(3)).toBe(hashOf(bytes));
});

it('lets parts wait that are not next while the next comes fast, and reads none of them back', async () => {
  // Time stands still, so that a slow machine does not make a fast part a slow one.
  vi.useFakeTimers({ toFake: ['performance'] });
  const bytes = randomBytes(3 * partBytes);
  const { progress, part } = partsOf(bytes, join(folder, 'none'));
  const taken: number[] = [];
  const take = async (number: number): Promise<ArrivingPart> => {
    const { arriving, bytes } = part(number);
    await arriving.see(bytes, written);
    taken.push(number);
    return arriving;
  };
  const [first, third, second] = [take(1), take(3), take(2)];
  for (const [index, leader] of [first, second, third].entries()) {
    const arriving = await leader;
    await sleep(30);
    expect(taken).toEqual([1, 2, 3].slice(0, index + 1));
    arriving.end();
    progress.note([index + 1]);
  }
  expect(await progress.digest(3)).toBe(hashOf(bytes));
});

it('lets others go on when the one that is next stalls, and goes on itself after them', async () => {
  const bytes = randomBytes(2 * partBytes);
  const file = join(folder, 'stalled');
  const { progress, part } = partsOf(bytes, file);
  const [first, second] = [part(1), part(2)];
  await first.arriving.see(first.bytes.subarray(0, 100), written);
  // It must not wait for bytes that never come.
  await second.arriving.see(second.bytes, written);
  second.arriving.end();
  await writeFile(file, bytes);
  progress.note([2]);
  await first.arriving.see(first.bytes.subarray(100), written);
  first.arriving.end();
  progress.note([1]);
  expect(await progress.digest(2)).toBe(hashOf(bytes));
});

it('hashes what came of a part before it was next, from the file', async () => {
  const bytes = randomBytes(2 * partBytes);
  const file = join(folder, 'before');
  const { progress, part } = partsOf(bytes, file);
  const [first, second] = [part(1), part(2)];
  await second.arriving.see(second.bytes.subarray(0, 5000), written);
  await first.arriving.see(first.bytes, written);
  first.arriving.end();
  const inFile = Buffer.alloc(bytes.length);
  await second.arriving.see(second.bytes.subarray(5000), async () => {
    bytes.copy(inFile, 0, 0, partBytes + 5000);
    await writeFile(file, inFile);
  });
  second.arriving.end();
  progress.note([1, 2]);
  expect(await progress.digest(2)).toBe(hashOf(bytes));
});

it('forgets the half of a part that broke off, and the whole of one that could not be kept', async () => {
  const bytes = randomBytes(2 * partBytes);
  const { id } = await beginUpload(hub.services, { uploader, sizeBytes: bytes.length, partBytes });
  const put = (number: number, body: Readable, sha256?: string) =>
    putPart(hub.services, id, number, body, { sha256 });
  const [first, second] = [bytes.subarray(0, partBytes), bytes.subarray(partBytes)];
  const breaking = Readable.from(
    (function* () {
      yield Buffer.alloc(5000);
      throw new Error('the client left');
    })(),
  );
  await expect(put(1, breaking)).rejects.toThrow('the client left');
  await refused('CHECKSUM', put(1, Readable.from([Buffer.alloc(partBytes)]), hashOf(first)));
  await put(1, Readable.from([first]));

  const { progress, part } = partsOf(Buffer.alloc(2 * partBytes), join(folder, 'none'));
  const lost = part(1);
  await lost.arriving.see(lost.bytes, written);
  lost.arriving.end();
  lost.arriving.fail();
  expect(progress.lead(1)).toBeUndefined();

  await put(2, Readable.from([second]));
  expect((await completeUpload(hub.services, id)).sha256).toBe(hashOf(bytes));
});

/** A part's bytes in pieces, with pauses between them; perhaps it breaks off. */
async function* inPieces(bytes: Buffer, pieces: readonly Piece[], breaks: boolean): AsyncGenerator<Buffer> {
  let at = 0;
  for (const { sizeBytes, pauseMs } of pieces) {
    if (pauseMs > 0) await sleep(pauseMs);
    yield bytes.subarray(at, at + sizeBytes);
    at += sizeBytes;
  }
  if (breaks) throw new Error('the line was cut');
  yield bytes.subarray(at);
}

interface Piece {
  sizeBytes: number;
  pauseMs: number;
}
const piece = fc.record({
  sizeBytes: fc.integer({ min: 1, max: partBytes / 4 }),
  pauseMs: fc.constantFrom(0, 0, 0, 1, 15),
});
const arrival = fc.record({ breaks: fc.boolean(), pieces: fc.array(piece, { maxLength: 4 }) });

it('finds the right sha256 however parts come, break off, come again or are forgotten', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(arrival, { minLength: 1, maxLength: 12 }),
      fc.integer({ min: 1, max: 4 }),
      fc.boolean(),
      async (arrivals, atOnce, forgets) => {
        const bytes = randomBytes(arrivals.length * partBytes - 77);
        const { id } = await beginUpload(hub.services, { uploader, sizeBytes: bytes.length, partBytes });
        const todo = [...arrivals.keys()];
        await Promise.all(
          Array.from({ length: atOnce }, async () => {
            for (let index = todo.shift(); index !== undefined; index = todo.shift()) {
              const part = bytes.subarray(index * partBytes, (index + 1) * partBytes);
              const { breaks, pieces } = arrivals[index]!;
              const put = (body: Readable) => putPart(hub.services, id, index + 1, body);
              // What came before the cut are other bytes than those that come in the end.
              if (breaks) {
                const cut = put(Readable.from(inPieces(Buffer.alloc(partBytes), pieces, true)));
                await expect(cut).rejects.toThrow('the line was cut');
              }
              if (forgets && index === 2) forgetProgress(id);
              await put(Readable.from(inPieces(part, pieces, false)));
            }
          }),
        );
        const sha256 = hashOf(bytes);
        expect(await completeUpload(hub.services, id)).toEqual({ sha256, sizeBytes: bytes.length });
        expect((await buffer(await readBlob(hub.services, sha256))).equals(bytes)).toBe(true);
      },
    ),
    { numRuns: 25 },
  );
}, 120_000);
