import { expect, it } from 'vitest';
import { chunkHash, hashText, hashToBytes } from './hash.ts';
import {
  maxKnownChunks,
  parseKnownAnswer,
  parseKnownRequest,
  writeKnownAnswer,
  writeKnownRequest,
} from './known.ts';
import { sampleBytes } from './sample-bytes.ts';
import { buildShard, parseShard, type Shard } from './shard.ts';

const hash = (seed: number): string => chunkHash(Uint8Array.of(seed));
const sha256 = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';

const shard: Shard = {
  files: [
    {
      hash: hash(1),
      sha256,
      segments: [
        { xorb: hash(2), start: 0, end: 2, sizeBytes: 150_000, verification: hash(3) },
        { xorb: hash(4), start: 7, end: 8, sizeBytes: 10, verification: hash(5) },
      ],
    },
    { hash: hash(6), segments: [{ xorb: hash(2), start: 1, end: 2, sizeBytes: 50_000 }] },
  ],
  xorbs: [
    {
      hash: hash(2),
      storedBytes: 150_016,
      chunks: [
        { hash: hash(7), sizeBytes: 100_000 },
        { hash: hash(8), sizeBytes: 50_000 },
      ],
    },
  ],
};

const refused = (read: () => unknown): void =>
  expect(read).toThrow(expect.objectContaining({ code: 'BAD_INPUT' }));

it('writes hashes with each group of eight bytes backwards', () => {
  const bytes = Uint8Array.from({ length: 32 }, (_, index) => index);
  expect(hashText(bytes)).toBe('07060504030201000f0e0d0c0b0a090817161514131211101f1e1d1c1b1a1918');
  expect(hashToBytes(hashText(bytes))).toEqual(bytes);
  // A sha256, in a shard, is written the same way from its usual text.
  expect([...hashToBytes(sha256).subarray(0, 8)]).toEqual(
    [...Buffer.from(sha256, 'hex').subarray(0, 8)].toReversed(),
  );
  refused(() => hashToBytes('x'.repeat(64)));
});

it('reads the shards it writes, with and without a footer', () => {
  expect(parseShard(buildShard(shard))).toEqual(shard);
  const answer = buildShard(shard, { expires: 2_000_000_000 });
  expect(parseShard(answer)).toEqual(shard);
  const view = new DataView(answer.buffer);
  const footer = answer.length - 200;
  expect(view.getBigUint64(40, true)).toBe(200n);
  expect(view.getBigUint64(footer, true)).toBe(1n);
  expect(view.getBigUint64(footer + 112, true)).toBe(2_000_000_000n);
  expect(view.getBigUint64(footer + 192, true)).toBe(BigInt(footer));
  expect(hashText(answer, Number(view.getBigUint64(footer + 16, true)))).toBe(hash(2));
});

it('refuses shards that are cut or lie', () => {
  const good = buildShard(shard);
  for (let length = 0; length < good.length; length += 1) refused(() => parseShard(good.subarray(0, length)));
  const wrong = (at: number, value: number): void => {
    const bytes = good.slice();
    new DataView(bytes.buffer).setUint32(at, value, true);
    refused(() => parseShard(bytes));
  };
  const [file, segment] = [48, 96];
  wrong(0, 0);
  wrong(32, 3);
  wrong(file + 36, 0xffff_ffff);
  wrong(segment + 36, 400_000);
  wrong(segment + 40, 2);
  wrong(segment + 44, 8_193);
  const xorb = good.length - 48 - 2 * 48 - 48;
  wrong(xorb + 36, 0xffff_ffff);
  wrong(xorb + 40, 149_999);
  wrong(xorb + 48 + 36, 0);
  wrong(xorb + 96 + 32, 99_999);
});

it('takes no harm from bytes at random', () => {
  const good = buildShard(shard);
  const random = sampleBytes(4_000, 6);
  for (let round = 0; round < 1_000; round++) {
    const bytes = good.slice();
    for (let change = 0; change < 4; change++)
      bytes[(random[4 * change + round]! * 7 + round) % bytes.length] = random[round + change]!;
    try {
      parseShard(bytes);
    } catch (error) {
      expect(error).toMatchObject({ code: 'BAD_INPUT' });
    }
  }
});

it('asks which chunks are known, and reads the answer', () => {
  const hashes = [hash(1), hash(2), hash(3)];
  expect(parseKnownRequest(writeKnownRequest(hashes))).toEqual(hashes);
  const places = [{ xorb: hash(9), index: 4 }, undefined, { xorb: hash(9), index: 5 }];
  const answer = writeKnownAnswer(places);
  expect(answer.length).toBe(4 + 32 + 24);
  expect(parseKnownAnswer(answer, 3)).toEqual(places);
  for (const size of [0, 31, 33, 32 * (maxKnownChunks + 1)])
    refused(() => parseKnownRequest(new Uint8Array(size)));
  refused(() => parseKnownAnswer(answer, 2));
  refused(() => parseKnownAnswer(new Uint8Array(3), 0));
  answer[36] = 1;
  refused(() => parseKnownAnswer(answer, 3));
});
