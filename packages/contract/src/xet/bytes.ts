import { HubError } from '../errors.ts';
import { hashBytes, hashText, type XetHash } from './hash.ts';

/** Reads little-endian records one after the other; BAD_INPUT where they end too early. */
export class ByteReader {
  #at = 0;
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly #noun: string;
  constructor(bytes: Uint8Array, noun: string) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#noun = noun;
  }
  get left(): number {
    return this.#bytes.length - this.#at;
  }
  skip(sizeBytes: number): number {
    if (sizeBytes > this.left) throw this.damaged('it ends too early');
    const start = this.#at;
    this.#at += sizeBytes;
    return start;
  }
  take(sizeBytes: number): Uint8Array {
    const start = this.skip(sizeBytes);
    return this.#bytes.subarray(start, start + sizeBytes);
  }
  u32(): number {
    return this.#view.getUint32(this.skip(4), true);
  }
  u64(): bigint {
    return this.#view.getBigUint64(this.skip(8), true);
  }
  hash(): XetHash {
    return hashText(this.#bytes, this.skip(hashBytes));
  }
  damaged(why: string): HubError {
    return new HubError('BAD_INPUT', `This ${this.#noun} is damaged: ${why}.`);
  }
}
