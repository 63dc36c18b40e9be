import { createHash } from 'node:crypto';
import {
  type Chunk,
  type ChunkPlace,
  fileHash,
  giveBack,
  type HashedChunk,
  openChunker,
  packPieces,
  type ShardFile,
  type ShardSegment,
  verificationHash,
  xorbHash,
} from '@banyan/contract/xet';
import { type LocalFile, readPieces, readUnchanged } from '../local-files.ts';
import { hashChunk } from './hash-chunk.ts';
import { Lanes } from './lanes.ts';
import type { XetClient } from './xet-client.ts';

/** A xorb on its way; what it is called is known when it is full. */
interface Draft {
  chunks: HashedChunk[];
  packed: Uint8Array[];
  sizeBytes: number;
  hash?: string;
}

/** Where a chunk is, or will be. */
interface Place {
  draft: Draft | { hash: string };
  index: number;
}

export interface UploadListener {
  /** So much of a file has been looked at: sent, or found to be there. */
  onDone(sizeBytes: number): void;
  /** So much went over the line. */
  onSent(sizeBytes: number): void;
}

/** The format allows 64 MiB; less is lost when the line is cut, and four of them in memory are little. */
const xorbBytes = 16 * 1024 * 1024;
const xorbsAtOnce = 4;
/** Chunks asked for at once: some 16 MiB. */
const batchChunks = 256;
/** Chunks of this push that are remembered, so that a file with the same bytes twice sends them once. */
const rememberedChunks = 500_000;
/** The hub is told of files before more chunks than these wait. */
const heldChunks = 100_000;
/** A packed chunk that saved nothing makes the next so many go unpacked, up to this. */
const mostUnpacked = 16;

/**
 * Sends files as content-defined chunks, and of those only what the hub lacks. Memory does not grow with the size of a file but for
 * its chunks' hashes (0.2% of it).
 */
export class ChunkedUpload {
  readonly #xet: XetClient;
  readonly #listener: UploadListener;
  readonly #signal: AbortSignal;
  readonly #lanes = new Lanes(xorbsAtOnce);
  readonly #places = new Map<string, Place>();
  readonly #files: PlacedFile[] = [];
  #draft: Draft = emptyDraft();
  #unpacked = { left: 0, next: 1 };

  constructor(xet: XetClient, listener: UploadListener, signal: AbortSignal) {
    this.#xet = xet;
    this.#listener = listener;
    this.#signal = signal;
  }

  /** Sends what the hub lacks of one file, which may be committed after `end`. Throws when the file changes meanwhile. */
  async add(local: LocalFile): Promise<{ sha256: string }> {
    const sha256 = createHash('sha256');
    const chunker = openChunker(hashChunk);
    const chunks: HashedChunk[] = [];
    const places: Place[] = [];
    let batch: Chunk[] = [];
    let placing: Promise<void> = Promise.resolve();
    /** While the hub is asked for one batch, the next is read. */
    const place = async (): Promise<void> => {
      const full = batch;
      batch = [];
      await placing;
      placing = this.#place(full).then((found) => void places.push(...found));
      // Awaited when the next batch is full; until then, a failure is not unhandled.
      placing.catch(() => {});
    };
    const take = async (found: readonly Chunk[]): Promise<void> => {
      for (const chunk of found) {
        chunks.push({ hash: chunk.hash, sizeBytes: chunk.sizeBytes });
        batch.push(chunk);
        if (batch.length === batchChunks) await place();
      }
    };
    await readUnchanged(local, () =>
      readPieces(local.file, async (piece) => {
        this.#signal.throwIfAborted();
        sha256.update(piece);
        await take(chunker.push(piece));
      }),
    );
    const last = chunker.end();
    if (last !== undefined) await take([last]);
    await place();
    await placing;
    const file = { hash: fileHash(chunks), sha256: sha256.digest('hex'), chunks, places };
    this.#files.push(file);
    if (this.#files.reduce((sum, { chunks }) => sum + chunks.length, 0) > heldChunks) await this.end();
    return file;
  }

  /** Waits until everything sent has arrived, then tells the hub how the files are made of it. */
  async end(): Promise<void> {
    await this.#seal();
    await this.#lanes.end();
    for (const file of this.#files.splice(0)) await this.#xet.registerFiles([shardFile(file)]);
  }

  async #place(batch: readonly Chunk[]): Promise<Place[]> {
    const strangers = [...new Set(batch.map(({ hash }) => hash).filter((hash) => !this.#places.has(hash)))];
    if (this.#places.size + strangers.length > rememberedChunks) this.#places.clear();
    const known = strangers.length === 0 ? [] : await this.#xet.findChunks(strangers);
    const there = new Map<string, ChunkPlace | undefined>(
      strangers.map((hash, index) => [hash, known[index]]),
    );
    const places: Place[] = [];
    for (const chunk of batch) {
      const found = there.get(chunk.hash);
      const known = this.#places.get(chunk.hash) ?? placeOf(found);
      const place = known ?? (await this.#send(chunk));
      if (known !== undefined) giveBack(chunk.bytes);
      this.#places.set(chunk.hash, place);
      places.push(place);
      this.#listener.onDone(chunk.sizeBytes);
    }
    return places;
  }

  async #send({ hash, sizeBytes, bytes }: Chunk): Promise<Place> {
    if (this.#draft.sizeBytes + sizeBytes > xorbBytes) await this.#seal();
    const draft = this.#draft;
    draft.chunks.push({ hash, sizeBytes });
    draft.packed.push(...this.#pack(bytes));
    draft.sizeBytes += sizeBytes;
    return { draft, index: draft.chunks.length - 1 };
  }

  /** Bytes that do not pack (images, weights, archives) are tried more and more rarely. */
  #pack(bytes: Uint8Array): Uint8Array[] {
    if (this.#unpacked.left > 0) {
      this.#unpacked.left -= 1;
      return packPieces(bytes, false);
    }
    const [header, stored] = packPieces(bytes);
    if (stored !== bytes) giveBack(bytes);
    const next = stored.length < bytes.length ? 1 : Math.min(2 * this.#unpacked.next, mostUnpacked);
    this.#unpacked = { left: next === 1 ? 0 : next, next };
    return [header, stored];
  }

  async #seal(): Promise<void> {
    const draft = this.#draft;
    if (draft.chunks.length === 0) return;
    this.#draft = emptyDraft();
    const hash = xorbHash(draft.chunks);
    draft.hash = hash;
    const body = draft.packed;
    draft.packed = [];
    await this.#lanes.begin(async () => {
      const sentBytes = body.reduce((sum, { length }) => sum + length, 0);
      await this.#xet.sendXorb(hash, body);
      this.#listener.onSent(sentBytes);
    });
  }
}

const placeOf = (found: ChunkPlace | undefined): Place | undefined =>
  found && { draft: { hash: found.xorb }, index: found.index };

interface PlacedFile {
  hash: string;
  sha256: string;
  chunks: HashedChunk[];
  places: Place[];
}

const emptyDraft = (): Draft => ({ chunks: [], packed: [], sizeBytes: 0 });

/** Chunks that follow each other in one xorb are one segment. */
function shardFile({ hash, sha256, chunks, places }: PlacedFile): ShardFile {
  const segments: ShardSegment[] = [];
  for (let start = 0, end = 0; start < places.length; start = end) {
    const { draft, index } = places[start]!;
    for (end = start + 1; end < places.length; end++) {
      const next = places[end]!;
      if (next.draft.hash !== draft.hash || next.index !== index + end - start) break;
    }
    const own = chunks.slice(start, end);
    segments.push({
      xorb: draft.hash!,
      start: index,
      end: index + own.length,
      sizeBytes: own.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0),
      verification: verificationHash(own),
    });
  }
  return { hash, sha256, segments };
}
