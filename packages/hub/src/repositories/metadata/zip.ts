import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { crc32, createDeflateRaw } from 'node:zlib';

/** A file of an archive. Its bytes are asked for when its turn comes, and once. */
export interface ZipEntry {
  /** Forward slashes, relative. */
  path: string;
  /** What is known of its size before: decides whether it needs ZIP64. */
  sizeBytes: number;
  /** Bytes that no packing would make smaller are only framed. */
  packed: boolean;
  open: () => AsyncIterable<Uint8Array>;
}

/** From here on sizes and offsets do not fit into 32 bits. */
const limit32 = 0xffff_ffff;
const limit16 = 0xffff;
/** UTF-8 names; sizes behind the bytes, because a stream does not know its checksum before it ends. */
const flags = 0x0808;
const methodDeflate = 8;

interface Written {
  name: Buffer;
  crc: number;
  packedBytes: number;
  plainBytes: number;
  offset: number;
}

/**
 * A ZIP archive (PKWARE's APPNOTE 6.3.10) as a stream, with ZIP64 where 32 bits are too few. Memory holds one chunk and,
 * for the directory at the end, some 100 bytes a file. All entries carry one moment. Throws when an entry is not as long
 * as it said it would be.
 */
export async function* zip(
  entries: AsyncIterable<ZipEntry> | Iterable<ZipEntry>,
  modified: Date,
): AsyncGenerator<Uint8Array> {
  const stamp = dosTime(modified);
  const written: Written[] = [];
  let offset = 0;
  for await (const entry of entries) {
    const name = Buffer.from(entry.path);
    // Deflate may add a little; the room for eight-byte sizes has to be promised before.
    const large = entry.sizeBytes > limit32 - (1 << 20);
    const local = localHeader(name, stamp, large);
    yield local;
    const record = { name, crc: 0, packedBytes: 0, plainBytes: 0, offset };
    const pack = entry.packed || entry.sizeBytes <= smallBytes ? framed : deflated;
    for await (const chunk of pack(counted(entry.open(), record))) {
      record.packedBytes += chunk.length;
      yield chunk;
    }
    if (record.plainBytes !== entry.sizeBytes)
      throw new Error(`${entry.path} has ${record.plainBytes} bytes, not ${entry.sizeBytes}`);
    const end = descriptor(record, large);
    yield end;
    offset += local.length + record.packedBytes + end.length;
    written.push(record);
  }
  yield* directory(written, stamp, offset);
}

/** Setting up a packer takes a quarter of a megabyte: for a hundred thousand small files that would be all they cost. */
const smallBytes = 1 << 16;

async function* counted(
  bytes: AsyncIterable<Uint8Array>,
  record: { crc: number; plainBytes: number },
): AsyncGenerator<Uint8Array> {
  for await (const chunk of bytes) {
    record.crc = crc32(chunk, record.crc);
    record.plainBytes += chunk.length;
    yield chunk;
  }
}

/**
 * Every reader takes deflate with the sizes behind it; some refuse plain bytes with the sizes behind them. So bytes that
 * are packed already go into deflate's stored blocks (RFC 1951, 3.2.4), which cost nothing.
 */
async function* framed(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  for await (const chunk of bytes)
    for (let start = 0; start < chunk.length; start += limit16) {
      const part = chunk.subarray(start, start + limit16);
      yield blockHead(part.length, false);
      yield part;
    }
  yield blockHead(0, true);
}

function blockHead(length: number, last: boolean): Buffer {
  const head = Buffer.alloc(5);
  head.writeUInt8(last ? 1 : 0, 0);
  head.writeUInt16LE(length, 1);
  head.writeUInt16LE(length ^ limit16, 3);
  return head;
}

async function* deflated(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Buffer> {
  const packer = createDeflateRaw({ chunkSize: 1 << 17 });
  const fed = pipeline(Readable.from(bytes, { objectMode: false }), packer);
  // Heard below, when all that it brought was given on.
  fed.catch(() => {});
  try {
    yield* packer as AsyncIterable<Buffer>;
    await fed;
  } finally {
    packer.destroy();
  }
}

function localHeader(name: Buffer, stamp: DosTime, large: boolean): Buffer {
  const head = Buffer.alloc(30);
  head.writeUInt32LE(0x0403_4b50, 0);
  head.writeUInt16LE(large ? 45 : 20, 4);
  head.writeUInt16LE(flags, 6);
  head.writeUInt16LE(methodDeflate, 8);
  head.writeUInt16LE(stamp.time, 10);
  head.writeUInt16LE(stamp.date, 12);
  if (large) {
    head.writeUInt32LE(limit32, 18);
    head.writeUInt32LE(limit32, 22);
  }
  head.writeUInt16LE(name.length, 26);
  const extra = large ? zip64Extra([0, 0]) : Buffer.alloc(0);
  head.writeUInt16LE(extra.length, 28);
  return Buffer.concat([head, name, extra]);
}

function descriptor({ crc, packedBytes, plainBytes }: Written, large: boolean): Buffer {
  const tail = Buffer.alloc(large ? 24 : 16);
  tail.writeUInt32LE(0x0807_4b50, 0);
  tail.writeUInt32LE(crc, 4);
  if (large) {
    tail.writeBigUInt64LE(BigInt(packedBytes), 8);
    tail.writeBigUInt64LE(BigInt(plainBytes), 16);
  } else {
    tail.writeUInt32LE(packedBytes, 8);
    tail.writeUInt32LE(plainBytes, 12);
  }
  return tail;
}

function zip64Extra(values: number[]): Buffer {
  const extra = Buffer.alloc(4 + values.length * 8);
  extra.writeUInt16LE(1, 0);
  extra.writeUInt16LE(values.length * 8, 2);
  for (const [index, value] of values.entries()) extra.writeBigUInt64LE(BigInt(value), 4 + index * 8);
  return extra;
}

function* directory(written: readonly Written[], stamp: DosTime, start: number): Generator<Buffer> {
  let sizeBytes = 0;
  for (const record of written) {
    const line = directoryLine(record, stamp);
    sizeBytes += line.length;
    yield line;
  }
  const end = start + sizeBytes;
  const wide = written.length >= limit16 || start >= limit32 || sizeBytes >= limit32;
  if (wide) yield zip64End(written.length, sizeBytes, start, end);
  const tail = Buffer.alloc(22);
  tail.writeUInt32LE(0x0605_4b50, 0);
  tail.writeUInt16LE(Math.min(written.length, limit16), 8);
  tail.writeUInt16LE(Math.min(written.length, limit16), 10);
  tail.writeUInt32LE(Math.min(sizeBytes, limit32), 12);
  tail.writeUInt32LE(Math.min(start, limit32), 16);
  yield tail;
}

function directoryLine({ name, crc, packedBytes, plainBytes, offset }: Written, stamp: DosTime): Buffer {
  const wide = [plainBytes, packedBytes, offset].filter((value) => value >= limit32);
  const extra = wide.length > 0 ? zip64Extra(wide) : Buffer.alloc(0);
  const head = Buffer.alloc(46);
  head.writeUInt32LE(0x0201_4b50, 0);
  // Made by: 3 is Unix, whose permissions follow below.
  head.writeUInt16LE((3 << 8) | 45, 4);
  head.writeUInt16LE(wide.length > 0 ? 45 : 20, 6);
  head.writeUInt16LE(flags, 8);
  head.writeUInt16LE(methodDeflate, 10);
  head.writeUInt16LE(stamp.time, 12);
  head.writeUInt16LE(stamp.date, 14);
  head.writeUInt32LE(crc, 16);
  head.writeUInt32LE(Math.min(packedBytes, limit32), 20);
  head.writeUInt32LE(Math.min(plainBytes, limit32), 24);
  head.writeUInt16LE(name.length, 28);
  head.writeUInt16LE(extra.length, 30);
  head.writeUInt32LE((0o100644 << 16) >>> 0, 38);
  head.writeUInt32LE(Math.min(offset, limit32), 42);
  return Buffer.concat([head, name, extra]);
}

/** ZIP64's end of the directory, and where to find it. */
function zip64End(count: number, sizeBytes: number, start: number, end: number): Buffer {
  const tail = Buffer.alloc(76);
  tail.writeUInt32LE(0x0606_4b50, 0);
  tail.writeBigUInt64LE(44n, 4);
  tail.writeUInt16LE((3 << 8) | 45, 12);
  tail.writeUInt16LE(45, 14);
  tail.writeBigUInt64LE(BigInt(count), 24);
  tail.writeBigUInt64LE(BigInt(count), 32);
  tail.writeBigUInt64LE(BigInt(sizeBytes), 40);
  tail.writeBigUInt64LE(BigInt(start), 48);
  tail.writeUInt32LE(0x0706_4b50, 56);
  tail.writeBigUInt64LE(BigInt(end), 64);
  tail.writeUInt32LE(1, 72);
  return tail;
}

interface DosTime {
  date: number;
  time: number;
}

/** Two seconds' precision, from 1980 on. */
function dosTime(moment: Date): DosTime {
  const year = Math.min(Math.max(moment.getUTCFullYear() - 1980, 0), 127);
  return {
    date: (year << 9) | ((moment.getUTCMonth() + 1) << 5) | moment.getUTCDate(),
    time: (moment.getUTCHours() << 11) | (moment.getUTCMinutes() << 5) | (moment.getUTCSeconds() >> 1),
  };
}
