import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
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

    it('takes nothing, and the same thing twice at once', async () => {
      const store = await open();
      expect((await store.put(stream(Buffer.alloc(0)))).sizeBytes).toBe(0);
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
