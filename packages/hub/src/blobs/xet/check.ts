import { Transform } from 'node:stream';
import { HubError } from '@banyan/contract';
import {
  chunkKey,
  hashText,
  maxXorbBodyBytes,
  maxXorbBytes,
  maxXorbChunks,
  type XetHash,
  xorbHash,
} from '@banyan/contract/xet';
import { Blake3Hasher } from '@napi-rs/blake-hash';
import type { PlacedChunk } from './chunk-index.ts';
import { type ChunkHeader, damagedXorb, headerBytes, readHeader, unpack } from './unpack.ts';

/** Ten times as fast as hash-wasm, which the contract uses where no native code can be. */
const hasher = Blake3Hasher.newKeyed(Buffer.from(chunkKey));

function chunkHash(bytes: Buffer): Buffer {
  hasher.reset();
  return hasher.update(bytes).digestBuffer();
}

const footerMark = Buffer.from('XETBLOB');

/** Lets a xorb through as it arrives, chunk by chunk and without its footer, and knows its chunks at the end. */
export interface CheckedXorb {
  through: Transform;
  chunks: Omit<PlacedChunk, 'start'>[];
}

/**
 * A stream that fails with BAD_INPUT as soon as a chunk is damaged or too large, and at the end when the xorb is cut or
 * is not `expected`. It holds one chunk at a time.
 */
export function checkXorb(expected: XetHash): CheckedXorb {
  const chunks: CheckedXorb['chunks'] = [];
  let pending: Buffer = Buffer.alloc(0);
  let offset = 0;
  let unpackedBytes = 0;
  let footer = false;

  const take = (stored: Buffer, header: ChunkHeader): void => {
    if (chunks.length === maxXorbChunks) throw damagedXorb(`it has more than ${maxXorbChunks} chunks`);
    unpackedBytes += header.sizeBytes;
    if (unpackedBytes > maxXorbBytes) throw damagedXorb('it holds more than 64 MiB');
    offset += headerBytes + stored.length;
    if (offset > maxXorbBodyBytes) throw damagedXorb('it is larger than its chunks can be');
    chunks.push({ hash: chunkHash(unpack(stored, header)), end: offset, sizeBytes: header.sizeBytes });
  };

  /** Takes all chunks that are whole, and returns how many bytes they are. */
  const takeAll = (): number => {
    let at = 0;
    while (pending.length - at >= headerBytes) {
      footer = pending.subarray(at, at + footerMark.length).equals(footerMark);
      if (footer) break;
      const header = readHeader(pending, at);
      const end = at + headerBytes + header.storedBytes;
      if (end > pending.length) break;
      take(pending.subarray(at + headerBytes, end), header);
      at = end;
    }
    return at;
  };

  const through = new Transform({
    highWaterMark: 1 << 20,
    transform(piece: Buffer, _encoding, done) {
      if (footer) return done();
      try {
        pending = pending.length === 0 ? piece : Buffer.concat([pending, piece]);
        const taken = takeAll();
        const whole = pending.subarray(0, taken);
        pending = footer ? Buffer.alloc(0) : pending.subarray(taken);
        done(null, taken > 0 ? whole : undefined);
      } catch (error) {
        done(error as Error);
      }
    },
    flush(done) {
      done(problemOf() ?? null);
    },
  });

  function problemOf(): HubError | undefined {
    if (pending.length > 0) return damagedXorb('it ends within a chunk');
    if (chunks.length === 0) return damagedXorb('it holds no chunk');
    const found = xorbHash(chunks.map(({ hash, sizeBytes }) => ({ hash: hashText(hash), sizeBytes })));
    if (found === expected) return undefined;
    return new HubError('CHECKSUM', `The xorb that arrived is ${found}, not ${expected}.`);
  }
  return { through, chunks };
}
