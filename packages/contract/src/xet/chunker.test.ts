import { expect, it } from 'vitest';
import { type Chunk, maxChunkBytes, minChunkBytes, openChunker } from './chunker.ts';
import { chunkHash, fileHash, verificationHash, xorbHash } from './hash.ts';
import { sampleBytes } from './sample-bytes.ts';

function chunksOf(bytes: Uint8Array, pieceBytes = 1 << 20): Chunk[] {
  const chunker = openChunker();
  const chunks: Chunk[] = [];
  for (let start = 0; start < bytes.length; start += pieceBytes)
    chunks.push(...chunker.push(bytes.subarray(start, start + pieceBytes)));
  const last = chunker.end();
  return last === undefined ? chunks : [...chunks, last];
}

/** Repeats, runs of one byte and random bytes, as real files have them. */
function mixedBytes(): Uint8Array<ArrayBuffer> {
  const bytes = sampleBytes(6_000_000, 77);
  bytes.fill(0, 1_000_000, 1_700_000);
  bytes.copyWithin(3_000_000, 100, 1_500_100);
  for (let index = 5_000_000; index < 5_500_000; index++) bytes[index] = 97 + (index % 23);
  return bytes;
}

it('names files as hf_xet does', () => {
  // From Python: hf_xet.hash_files([...]), hf_xet 1.8.0.
  expect(fileHash(chunksOf(sampleBytes(20_000_000, 42)))).toBe(
    '272a69e335e6d82abf6beb1680b3ba457f2b332259aa15b49b084d393809795c',
  );
  expect(fileHash(chunksOf(mixedBytes()))).toBe(
    '71382c88e636742b7aeb441b0683fb46e13fcb63fe68676e2eee3aaf5d61d7eb',
  );
  expect(fileHash(chunksOf(sampleBytes(5, 42)))).toBe(
    'c5fe8df945c07f504ae59c7f22d0b706eefd7d6985e0f03d848d33804bc928ef',
  );
  expect(fileHash([])).toBe('0'.repeat(64));
});

it('cuts alike whatever pieces the bytes come in, and loses none', () => {
  const bytes = mixedBytes();
  const whole = chunksOf(bytes, bytes.length);
  const hashes = whole.map(({ hash }) => hash);
  for (const pieceBytes of [997, 8_191, 65_536, 300_001])
    expect(chunksOf(bytes, pieceBytes).map(({ hash }) => hash)).toEqual(hashes);
  let at = 0;
  for (const { hash, sizeBytes, bytes: own } of whole) {
    expect(Buffer.compare(own, bytes.subarray(at, at + sizeBytes))).toBe(0);
    expect(hash).toBe(chunkHash(own));
    at += sizeBytes;
  }
  expect(at).toBe(bytes.length);
  for (const { sizeBytes } of whole.slice(0, -1)) {
    expect(sizeBytes).toBeGreaterThanOrEqual(minChunkBytes);
    expect(sizeBytes).toBeLessThanOrEqual(maxChunkBytes);
  }
});

it('finds the same chunks again after an insertion', () => {
  const bytes = sampleBytes(8_000_000, 5);
  const before = new Set(chunksOf(bytes).map(({ hash }) => hash));
  const changed = new Uint8Array(bytes.length + 3);
  changed.set(bytes.subarray(0, 4_000_000));
  changed.set([1, 2, 3], 4_000_000);
  changed.set(bytes.subarray(4_000_000), 4_000_003);
  const fresh = chunksOf(changed).filter(({ hash }) => !before.has(hash));
  expect(fresh.length).toBeGreaterThan(0);
  expect(fresh.length).toBeLessThan(4);
});

it('may be used for one file after another', () => {
  const [first, second] = [sampleBytes(300_000, 1), sampleBytes(300_000, 2)];
  const chunker = openChunker();
  const run = (bytes: Uint8Array): string[] =>
    [...chunker.push(bytes), chunker.end()!].map(({ hash }) => hash);
  run(first);
  expect(run(second)).toEqual(chunksOf(second).map(({ hash }) => hash));
});

it('names xorbs and ranges by their chunks', () => {
  const chunks = chunksOf(sampleBytes(3_000_000, 9));
  expect(xorbHash(chunks.slice(0, 1))).toBe(chunks[0]!.hash);
  expect(xorbHash(chunks)).not.toBe(xorbHash(chunks.toReversed()));
  // From @huggingface/xetchunk-wasm 0.2.0, over these chunks.
  expect(xorbHash(chunks)).toBe('9a419e6f2ac82ed1868e8820d35de9664ffaa28f17a0279dc8961705a30d3e22');
  expect(verificationHash(chunks)).toBe('605f2c10113b04aca9b4cea0a91788c791020cc6df19be768413e751a5365f34');
});
