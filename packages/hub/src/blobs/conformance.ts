import { createHash, randomBytes } from 'node:crypto';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough, Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';
import type { BlobStore } from './store.ts';

const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');
const stream = (bytes: Uint8Array): Readable => Readable.from([bytes]);

/** What every blob store must do; `open` gives the same store each time. */
export function describeBlobStore(name: string, open: () => Promise<BlobStore>): void {
  describe(name, () => {
    it('gives back what it took, whole and in parts', async () => {
      const store = await open();
      const bytes = Buffer.alloc(3_000_000, 'banyan ');
      const stored = await store.put(Readable.from([bytes.subarray(0, 7), bytes.subarray(7)]));
      expect(stored).toEqual({ sha256: sha256(bytes), sizeBytes: bytes.length });
      expect(await store.sizeBytes(stored.sha256)).toBe(bytes.length);
      expect((await buffer(store.read(stored.sha256))).equals(bytes)).toBe(true);
      expect(String(await buffer(store.read(stored.sha256, { start: 7, end: 12 })))).toBe('banyan');
    });

    it('reads single bytes, edges, and a range that ends beyond the end', async () => {
      const store = await open();
      const bytes = randomBytes(2_500_000);
      const { sha256: name } = await store.put(stream(bytes));
      for (const [start, end] of [
        [0, 0],
        [bytes.length - 1, bytes.length - 1],
        [1 << 20, 1 << 20],
        [1_000_000, 2_200_000],
        [bytes.length - 5, bytes.length + 1000],
        [7, Number.POSITIVE_INFINITY],
      ] as const)
        expect((await buffer(store.read(name, { start, end }))).equals(bytes.subarray(start, end + 1))).toBe(
          true,
        );
    });

    it('reads several at once, and one that is left in the middle', async () => {
      const store = await open();
      const bytes = randomBytes(1_500_000);
      const { sha256: name } = await store.put(stream(bytes));
      const left = store.read(name);
      for await (const piece of left) {
        expect((piece as Buffer).length).toBeGreaterThan(0);
        break;
      }
      const all = await Promise.all([1, 2, 3, 4].map(() => buffer(store.read(name))));
      expect(all.every((one) => one.equals(bytes))).toBe(true);
    });

    it('takes a large blob, in parts if it sends it on', async () => {
      const store = await open();
      const piece = randomBytes(1 << 20);
      const hash = createHash('sha256');
      const pieces = (function* () {
        for (let number = 0; number < 37; number++) {
          const one = Buffer.from(piece);
          one.writeUInt32LE(number);
          hash.update(one);
          yield one;
        }
      })();
      const stored = await store.put(Readable.from(pieces));
      expect(stored).toEqual({ sha256: hash.digest('hex'), sizeBytes: 37 << 20 });
      const back = createHash('sha256');
      for await (const one of store.read(stored.sha256)) back.update(one as Buffer);
      expect(back.digest('hex')).toBe(stored.sha256);
    });

    it('takes over a file, and one that it has already', async () => {
      const store = await open();
      const bytes = randomBytes(100_000);
      const stored = { sha256: sha256(bytes), sizeBytes: bytes.length };
      const folder = await mkdtemp(join(tmpdir(), 'banyan-adopt-'));
      for (const name of ['one', 'two']) {
        await writeFile(join(folder, name), bytes);
        await store.adopt(join(folder, name), stored);
        expect((await buffer(store.read(stored.sha256))).equals(bytes)).toBe(true);
      }
      expect(await readdir(folder)).toEqual([]);
      await rm(folder, { recursive: true });
    });

    it('lists what it has, and nothing that is on its way', async () => {
      const store = await open();
      const stored = await store.put(stream(randomBytes(1000)));
      const slow = new PassThrough();
      const coming = store.put(slow);
      slow.write('half');
      const listed = [];
      for await (const one of store.list()) listed.push(one);
      expect(listed.find((one) => one.sha256 === stored.sha256)).toMatchObject(stored);
      const { storedAt } = listed.find((one) => one.sha256 === stored.sha256) ?? {};
      expect(Math.abs(Date.now() - (storedAt?.getTime() ?? 0))).toBeLessThan(60_000);
      for (const one of listed) expect(one.sha256).toMatch(/^[0-9a-f]{64}$/);
      slow.end();
      await coming;
    });

    it('keeps what one writer brought when another one fails with the same bytes', async () => {
      const store = await open();
      const bytes = randomBytes(200_000);
      const failing = Readable.from(
        (function* () {
          yield bytes.subarray(0, 100_000);
          throw new Error('the other one left');
        })(),
      );
      const [, kept] = await Promise.allSettled([store.put(failing), store.put(stream(bytes))]);
      expect(kept.status).toBe('fulfilled');
      expect((await buffer(store.read(sha256(bytes)))).equals(bytes)).toBe(true);
    });

    it('takes nothing, and the same thing twice at once', async () => {
      const store = await open();
      const empty = await store.put(stream(Buffer.alloc(0)));
      expect(empty.sizeBytes).toBe(0);
      expect((await buffer(store.read(empty.sha256))).length).toBe(0);
      const bytes = Buffer.from('twice');
      const [first, second] = await Promise.all([store.put(stream(bytes)), store.put(stream(bytes))]);
      expect(first).toEqual(second);
      expect(String(await buffer(store.read(first.sha256)))).toBe('twice');
    });

    it('refuses bytes that are not those announced, and keeps nothing of them', async () => {
      const store = await open();
      const sent = Buffer.from('sent');
      const announced = sha256(Buffer.from('announced'));
      await expect(store.put(stream(sent), { expectedSha256: announced })).rejects.toMatchObject({
        code: 'CHECKSUM',
      });
      expect(await store.sizeBytes(announced)).toBeUndefined();
      expect(await store.sizeBytes(sha256(sent))).toBeUndefined();
    });

    it('stops a stream that grows too large', async () => {
      const store = await open();
      const sent = { pieces: 0 };
      const endless = Readable.from(
        (function* () {
          for (;;) {
            sent.pieces += 1;
            yield Buffer.alloc(1000);
          }
        })(),
      );
      await expect(store.put(endless, { maxBytes: 5000 })).rejects.toMatchObject({ code: 'TOO_LARGE' });
      expect(sent.pieces).toBeLessThan(10_000);
    });

    it('keeps nothing of a stream that breaks', async () => {
      const store = await open();
      const half = Buffer.from('half of it');
      const breaking = Readable.from(
        (function* () {
          yield half;
          throw new Error('the client left');
        })(),
      );
      await expect(store.put(breaking)).rejects.toThrow('the client left');
      expect(await store.sizeBytes(sha256(half))).toBeUndefined();
    });

    it('forgets a blob, and does not mind one it never had', async () => {
      const store = await open();
      const stored = await store.put(stream(Buffer.from('short-lived')));
      await store.remove(stored.sha256);
      await store.remove(sha256(Buffer.from('never')));
      expect(await store.sizeBytes(stored.sha256)).toBeUndefined();
      await expect(buffer(store.read(stored.sha256))).rejects.toThrow();
    });
  });
}
