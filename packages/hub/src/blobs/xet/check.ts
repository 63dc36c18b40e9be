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
import { passesOn } from '../request-body.ts';
import type { PlacedChunk } from './chunk-index.ts';
import { type ChunkHeader, damagedXorb, headerBytes, isPlain, readHeader, unpack } from './unpack.ts';

const footerMark = Buffer.from('XETBLOB');

/** Lets a xorb through as it arrives, without its footer, and knows its chunks at the end. */
export interface CheckedXorb {
  through: Transform;
  chunks: Omit<PlacedChunk, 'start'>[];
}

/**
 * A stream that fails with BAD_INPUT as soon as a chunk is damaged or too large, and at the end when the xorb is cut or is not
 * `expected`. What came before may have been let through by then. It holds a compressed chunk at most.
 */
export function checkXorb(expected: XetHash): CheckedXorb {
  const checker = new XorbChecker();
  const through = new Transform({
    highWaterMark: 1 << 20,
    transform(piece: Buffer, _encoding, done) {
      try {
        for (const part of checker.take(piece)) this.push(part);
        done();
      } catch (error) {
        done(error as Error);
      }
    },
    flush(done) {
      done(checker.problem(expected) ?? null);
    },
  });
  passesOn(through);
  return { through, chunks: checker.chunks };
}

class XorbChecker {
  readonly chunks: CheckedXorb['chunks'] = [];
  /** Ten times as fast as hash-wasm, which the contract uses where no native code can be. */
  readonly #hasher = Blake3Hasher.newKeyed(Buffer.from(chunkKey));
  readonly #head = Buffer.alloc(headerBytes);
  #headBytes = 0;
  #chunk: ArrivingChunk | undefined;
  #offset = 0;
  #unpackedBytes = 0;
  #footer = false;

  /** What of a piece, and of the beginning of a header before it, goes on. */
  take(piece: Buffer): Buffer[] {
    if (this.#footer) return [];
    // These may have been the beginning of the footer.
    const held = Buffer.from(this.#head.subarray(0, this.#headBytes));
    let at = 0;
    let end = 0;
    while (at < piece.length && !this.#footer) {
      if (this.#chunk === undefined) at += this.#takeHead(piece.subarray(at));
      else at += this.#takeChunk(this.#chunk, piece.subarray(at));
      if (this.#headBytes === 0 && !this.#footer) end = at;
    }
    if (end === 0) return [];
    const whole = end === piece.length ? piece : piece.subarray(0, end);
    return held.length === 0 ? [whole] : [held, whole];
  }

  /** What is wrong when no more comes. */
  problem(expected: XetHash): HubError | undefined {
    if (this.#chunk !== undefined || this.#headBytes > 0) return damagedXorb('it ends within a chunk');
    if (this.chunks.length === 0) return damagedXorb('it holds no chunk');
    const found = xorbHash(this.chunks.map(({ hash, sizeBytes }) => ({ hash: hashText(hash), sizeBytes })));
    if (found === expected) return undefined;
    return new HubError('CHECKSUM', `The xorb that arrived is ${found}, not ${expected}.`);
  }

  #takeHead(bytes: Buffer): number {
    const taken = bytes.copy(this.#head, this.#headBytes, 0, headerBytes - this.#headBytes);
    this.#headBytes += taken;
    if (this.#headBytes < headerBytes) return taken;
    this.#headBytes = 0;
    this.#footer = this.#head.subarray(0, footerMark.length).equals(footerMark);
    if (!this.#footer) this.#begin(readHeader(this.#head, 0));
    return taken;
  }

  #begin(header: ChunkHeader): void {
    if (this.chunks.length === maxXorbChunks) throw damagedXorb(`it has more than ${maxXorbChunks} chunks`);
    this.#unpackedBytes += header.sizeBytes;
    if (this.#unpackedBytes > maxXorbBytes) throw damagedXorb('it holds more than 64 MiB');
    this.#offset += headerBytes + header.storedBytes;
    if (this.#offset > maxXorbBodyBytes) throw damagedXorb('it is larger than its chunks can be');
    this.#hasher.reset();
    this.#chunk = { header, leftBytes: header.storedBytes, packed: [] };
    if (header.storedBytes === 0) this.#end(this.#chunk);
  }

  #takeChunk(chunk: ArrivingChunk, bytes: Buffer): number {
    const part = bytes.subarray(0, chunk.leftBytes);
    chunk.leftBytes -= part.length;
    if (isPlain(chunk.header)) this.#hasher.update(part);
    // The piece's memory is given back when it was written; this is needed until the chunk is whole.
    else chunk.packed.push(chunk.leftBytes === 0 ? part : Buffer.from(part));
    if (chunk.leftBytes === 0) this.#end(chunk);
    return part.length;
  }

  #end({ header, packed }: ArrivingChunk): void {
    if (!isPlain(header)) this.#hasher.update(unpack(Buffer.concat(packed), header));
    const hash = this.#hasher.digestBuffer();
    this.chunks.push({ hash, end: this.#offset, sizeBytes: header.sizeBytes });
    this.#chunk = undefined;
  }
}

interface ArrivingChunk {
  header: ChunkHeader;
  /** Of its stored bytes, those that are still to come. */
  leftBytes: number;
  /** What came of it, if it is compressed. */
  packed: Buffer[];
}
