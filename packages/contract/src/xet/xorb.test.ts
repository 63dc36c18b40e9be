import { compressFrameSync, decompressFrameSync } from 'lz4-napi';
import { describe, expect, it } from 'vitest';
import { chunkHash } from './hash.ts';
import { packLz4 } from './lz4.ts';
import { sampleBytes } from './sample-bytes.ts';
import { chunkHeaderBytes, maxXorbChunks, packChunk, parseXorb, unpackChunk } from './xorb.ts';

const prose = (sizeBytes: number): Uint8Array<ArrayBuffer> => {
  const words = ['loam', 'fern', 'a canopy of', 'and', 'roots,', 'rain'];
  const choice = sampleBytes(sizeBytes, 3);
  let text = '';
  for (let index = 0; text.length < sizeBytes; index++) text += `${words[choice[index]! % words.length]} `;
  return new TextEncoder().encode(text.slice(0, sizeBytes));
};

const join = (parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> => {
  const all = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
};

const three = (value: number): number[] => [value & 255, (value >> 8) & 255, value >> 16];

function withHeader(scheme: number, stored: Uint8Array, sizeBytes: number): Uint8Array<ArrayBuffer> {
  return join([Uint8Array.from([0, ...three(stored.length), scheme, ...three(sizeBytes)]), stored]);
}

const refused = (xorb: Uint8Array): void =>
  expect(() => parseXorb(xorb)).toThrow(expect.objectContaining({ code: 'BAD_INPUT' }));

describe('a xorb', () => {
  it('gives back its chunks, packed or not', () => {
    const plain = [
      sampleBytes(70_000, 1),
      prose(131_072),
      prose(20),
      sampleBytes(1, 4),
      new Uint8Array(9_000),
    ];
    const packed = plain.map((bytes) => packChunk(bytes));
    expect(packed[0]!.length).toBe(70_000 + chunkHeaderBytes);
    expect(packed[1]!.length).toBeLessThan(60_000);
    expect(packed[4]!.length).toBeLessThan(200);
    const body = join(packed);
    const xorb = parseXorb(body);
    expect(xorb.chunks.map(({ hash }) => hash)).toEqual(plain.map(chunkHash));
    expect(xorb.sizeBytes).toBe(plain.reduce((sum, { length }) => sum + length, 0));
    for (const [index, { start, end }] of xorb.chunks.entries()) {
      const unpacked = unpackChunk(body, start);
      expect(unpacked.end).toBe(end);
      expect(unpacked.bytes).toEqual(plain[index]);
    }
    expect(parseXorb(join(plain.map((bytes) => packChunk(bytes, false))))).toMatchObject({ hash: xorb.hash });
  });

  it('is read up to its footer', () => {
    const body = packChunk(prose(500));
    const xorb = parseXorb(join([body, new TextEncoder().encode('XETBLOB and whatever follows')]));
    expect(xorb.chunks).toHaveLength(1);
    expect(xorb.bodyBytes).toBe(body.length);
  });

  it('may have chunks of grouped bytes', () => {
    for (const sizeBytes of [8, 9, 10, 11, 40_003]) {
      const numbers = prose(sizeBytes);
      const lanes = [0, 1, 2, 3].map((lane) => numbers.filter((_, index) => index % 4 === lane));
      const stored = compressFrameSync(Buffer.from(join(lanes)));
      expect(unpackChunk(withHeader(2, stored, sizeBytes), 0).bytes).toEqual(numbers);
    }
  });

  it('is refused when damaged, however', () => {
    const bytes = prose(5_000);
    const body = packChunk(bytes);
    refused(new Uint8Array(0));
    refused(new Uint8Array(7));
    for (let length = 1; length < body.length; length += 97) refused(body.subarray(0, length));
    refused(withHeader(0, bytes, 4_999));
    refused(withHeader(0, new Uint8Array(131_073), 131_073));
    refused(withHeader(3, bytes, 5_000));
    refused(withHeader(0, bytes.subarray(0, 0), 0));
    refused(Uint8Array.from([1, ...body.subarray(1)]));
    // A frame that unpacks to more or less than the header says: neither is held in memory.
    refused(withHeader(1, compressFrameSync(Buffer.from(bytes)), 4_999));
    refused(withHeader(1, compressFrameSync(Buffer.from(bytes)), 5_001));
    refused(withHeader(1, compressFrameSync(Buffer.alloc(30_000_000)), 131_072));
    refused(join(Array.from({ length: maxXorbChunks + 1 }, () => packChunk(Uint8Array.of(1)))));
  });

  it('never misleads the reader, whatever byte is wrong', () => {
    const bytes = prose(3_000);
    const body = packChunk(bytes);
    const random = sampleBytes(4 * body.length, 8);
    let refusals = 0;
    for (let index = 0; index < body.length; index++) {
      const wrong = body.slice();
      wrong[index]! ^= 1 + (random[index]! % 255);
      try {
        // Checks of the frame's own are not looked at: then the hash tells.
        const xorb = parseXorb(wrong);
        if (xorb.hash !== chunkHash(bytes)) refusals += 1;
      } catch (error) {
        expect(error).toMatchObject({ code: 'BAD_INPUT' });
        refusals += 1;
      }
    }
    expect(refusals).toBeGreaterThan(0.98 * body.length);
  });
});

it('speaks LZ4 as others do', () => {
  const samples = [
    prose(131_072),
    prose(400),
    new Uint8Array(100_000),
    join([sampleBytes(50_000, 1), prose(60_000)]),
  ];
  for (const bytes of samples) {
    const ours = packLz4(bytes)!;
    expect(new Uint8Array(decompressFrameSync(Buffer.from(ours)))).toEqual(bytes);
    for (const options of [{}, { contentChecksum: true, blockChecksums: true }]) {
      const theirs = compressFrameSync(Buffer.from(bytes), options);
      expect(unpackChunk(withHeader(1, theirs, bytes.length), 0).bytes).toEqual(bytes);
    }
  }
  expect(packLz4(sampleBytes(100_000, 1))).toBeUndefined();
  expect(packLz4(new Uint8Array(0))).toBeUndefined();
});
