import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { chunkHash, hashText, packChunk, xorbHash } from '@banyan/contract/xet';
import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { checkXorb } from './check.ts';

const footer = Buffer.concat([Buffer.from('XETBLOB'), Buffer.alloc(90, 7)]);

/** Bytes that LZ4 makes smaller, or bytes that it does not. */
const chunk = fc
  .tuple(fc.integer({ min: 1, max: 3000 }), fc.integer({ min: 0, max: 255 }), fc.boolean())
  .map(([sizeBytes, seed, packs]) =>
    Buffer.from(
      Array.from({ length: sizeBytes }, (_, at) => (packs ? seed : Math.imul(at + seed, 0x9e3779b1) >>> 13)),
    ),
  );

function* cut(body: Buffer, sizes: readonly number[]): Generator<Buffer> {
  let at = 0;
  for (let turn = 0; at < body.length; turn++) {
    const size = sizes[turn % sizes.length]!;
    // Memory of their own, which goes when they are overwritten below.
    yield Buffer.from(body.subarray(at, at + size));
    at += size;
  }
}

it('lets a xorb through without its footer and knows its chunks, in whatever pieces it comes', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(chunk, { minLength: 1, maxLength: 6 }),
      fc.array(fc.integer({ min: 1, max: 2000 }), { minLength: 1, maxLength: 5 }),
      fc.boolean(),
      async (chunks, sizes, hasFooter) => {
        const body = Buffer.concat(chunks.map((bytes) => packChunk(bytes)));
        const hashed = chunks.map((bytes) => ({ hash: chunkHash(bytes), sizeBytes: bytes.length }));
        const { through, chunks: found } = checkXorb(xorbHash(hashed));
        const whole = hasFooter ? Buffer.concat([body, footer]) : body;
        const passed: Buffer[] = [];
        for await (const piece of Readable.from(cut(whole, sizes)).compose(through)) {
          passed.push(Buffer.from(piece as Buffer));
          // Whoever writes a piece gives its memory back, while further pieces come.
          (piece as Buffer).fill(0);
        }
        expect(Buffer.concat(passed).equals(body)).toBe(true);
        expect(found.map(({ hash, sizeBytes }) => ({ hash: hashText(hash), sizeBytes }))).toEqual(hashed);
        expect(found.at(-1)?.end).toBe(body.length);
      },
    ),
  );
});

it.each([
  ['ends within a header', (body: Buffer) => body.subarray(0, body.length - 1003), 'within a chunk'],
  ['ends within a chunk', (body: Buffer) => body.subarray(0, -1), 'within a chunk'],
  ['holds nothing but a footer', () => footer, 'holds no chunk'],
])('refuses a xorb that %s', async (_what, spoil, why) => {
  const body = Buffer.concat([
    packChunk(Buffer.alloc(500, 1), false),
    packChunk(Buffer.alloc(1000, 2), false),
  ]);
  const { through } = checkXorb('0'.repeat(64));
  await expect(buffer(Readable.from(cut(spoil(body), [100])).compose(through))).rejects.toThrow(why);
});
