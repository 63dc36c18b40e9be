import { randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import {
  DeleteObjectCommand,
  GetObjectCommand,
  HeadBucketCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
  S3ServiceException,
} from '@aws-sdk/client-s3';
import { Upload } from '@aws-sdk/lib-storage';
import { HubError } from '@banyan/contract';
import type { S3Place } from '../config.ts';
import { asDiskFull, receive } from './disk-files.ts';
import type { BlobStore, Stored } from './store.ts';

/** Up to this size a blob is sent in one request, from memory; larger ones in parts of at least this size. */
const partBytes = 16 << 20;
/** How many parts are in memory at once. */
const partsAtOnce = 3;
const maxParts = 10_000;
const readAttempts = 4;

/**
 * A store in S3, or what speaks S3: `PREFIXab/abcdef...` by sha256. A blob is first written to `spool` on this machine, while
 * it is hashed, because S3 wants the name before the bytes; it is there when S3 says so. Opening removes what a crash left in
 * the spool. Throws an Error that says what is wrong with the bucket.
 */
export async function openS3Store(place: S3Place, spool: string): Promise<BlobStore> {
  const { bucket: Bucket, prefix, endpoint, region } = place;
  await rm(spool, { recursive: true, force: true });
  await mkdir(spool, { recursive: true });
  const client = new S3Client({
    region,
    ...(endpoint !== undefined && { endpoint, forcePathStyle: true }),
  });
  const keyOf = (sha256: string) => `${prefix}${sha256.slice(0, 2)}/${sha256}`;
  try {
    await client.send(new HeadBucketCommand({ Bucket }));
  } catch (error) {
    throw new Error(`BANYAN_BLOBS: the bucket "${Bucket}" cannot be used: ${nameOf(error)}`, {
      cause: error,
    });
  }

  const sizeBytes = async (sha256: string): Promise<number | undefined> => {
    try {
      const found = await client.send(new HeadObjectCommand({ Bucket, Key: keyOf(sha256) }));
      return found.ContentLength;
    } catch (error) {
      if (isAbsent(error)) return undefined;
      throw asStoreError(error);
    }
  };

  const send = async (file: string, stored: Stored): Promise<void> => {
    // A name says what the bytes are: one that is there need not be sent again.
    if ((await sizeBytes(stored.sha256)) === stored.sizeBytes) return;
    const Key = keyOf(stored.sha256);
    try {
      if (stored.sizeBytes <= partBytes) {
        const ChecksumSHA256 = Buffer.from(stored.sha256, 'hex').toString('base64');
        await client.send(new PutObjectCommand({ Bucket, Key, Body: await readFile(file), ChecksumSHA256 }));
      } else {
        await new Upload({
          client,
          params: { Bucket, Key, Body: createReadStream(file, { highWaterMark: 1 << 20 }) },
          partSize: Math.max(partBytes, Math.ceil(stored.sizeBytes / maxParts)),
          queueSize: partsAtOnce,
        }).done();
      }
    } catch (error) {
      throw asStoreError(error);
    }
    const sent = await sizeBytes(stored.sha256);
    if (sent !== stored.sizeBytes)
      throw new HubError(
        'UNAVAILABLE',
        `The blob store took ${sent ?? 'none'} of ${stored.sizeBytes} bytes.`,
      );
  };

  return {
    async put(body, options) {
      const file = join(spool, randomUUID());
      try {
        const stored = await receive(body, file, { ...options, durable: false });
        await send(file, stored);
        return stored;
      } catch (error) {
        throw asDiskFull(error);
      } finally {
        await rm(file, { force: true });
      }
    },
    async adopt(file, stored) {
      await send(file, stored);
      await rm(file, { force: true });
    },
    sizeBytes,
    read: (sha256, range) =>
      Readable.from(readObject(client, { Bucket, Key: keyOf(sha256) }, range), {
        objectMode: false,
        highWaterMark: 1 << 20,
      }),
    async remove(sha256) {
      try {
        await client.send(new DeleteObjectCommand({ Bucket, Key: keyOf(sha256) }));
      } catch (error) {
        if (!isAbsent(error)) throw asStoreError(error);
      }
    },
    async *list() {
      let ContinuationToken: string | undefined;
      do {
        const page = await client
          .send(new ListObjectsV2Command({ Bucket, Prefix: prefix, ContinuationToken }))
          .catch((error: unknown) => {
            throw asStoreError(error);
          });
        for (const { Key = '', Size = 0, LastModified } of page.Contents ?? []) {
          const sha256 = Key.split('/').at(-1) ?? '';
          if (Key === keyOf(sha256) && /^[0-9a-f]{64}$/.test(sha256))
            yield { sha256, sizeBytes: Size, storedAt: LastModified ?? new Date() };
        }
        ContinuationToken = page.NextContinuationToken;
      } while (ContinuationToken !== undefined);
    },
  };
}

/** Reads an object from `start` to `end`, both included; a connection that breaks is taken up where it broke. */
async function* readObject(
  client: S3Client,
  object: { Bucket: string; Key: string },
  range: { start: number; end: number } | undefined,
): AsyncGenerator<Buffer> {
  const end = range && Number.isFinite(range.end) ? String(range.end) : '';
  let at = range?.start ?? 0;
  let total: number | undefined;
  for (let attempt = 1; ; attempt++) {
    try {
      const whole = at === 0 && end === '';
      const { Body, ContentLength, ContentRange } = await client.send(
        new GetObjectCommand({ ...object, ...(!whole && { Range: `bytes=${at}-${end}` }) }),
      );
      // The size of the whole says more than the length of the answer, which not every server shortens to it.
      const size = Number(ContentRange?.split('/')[1] ?? ContentLength ?? 0);
      total ??= Math.min(size, (range?.end ?? size) + 1);
      for await (const piece of (Body as Readable | undefined) ?? []) {
        // Some servers answer the range 0 to 0 with everything.
        const wanted = (piece as Buffer).subarray(0, total - at);
        at += wanted.length;
        yield wanted;
        if (at >= total) return;
      }
      if (at >= total) return;
      throw new Error('the connection ended too early');
    } catch (error) {
      if (isAbsent(error)) throw new HubError('NOT_FOUND', 'The blob store has no such bytes.');
      if (attempt === readAttempts || error instanceof S3ServiceException) throw asStoreError(error);
    }
  }
}

const nameOf = (error: unknown): string =>
  error instanceof Error ? `${error.name}${error.message === '' ? '' : `: ${error.message}`}` : String(error);

const isAbsent = (error: unknown): boolean =>
  error instanceof S3ServiceException &&
  (error.name === 'NoSuchKey' || error.name === 'NotFound' || error.$metadata.httpStatusCode === 404);

/** What a store without space calls it: Amazon's has no end, others do. */
const fullNames = ['XMinioStorageFull', 'QuotaExceeded', 'QuotaExceededException', 'InsufficientStorage'];

function asStoreError(error: unknown): unknown {
  if (error instanceof HubError) return error;
  const status = error instanceof S3ServiceException ? error.$metadata.httpStatusCode : undefined;
  if (status === 507 || (error instanceof Error && fullNames.includes(error.name)))
    return new HubError('DISK_FULL', "The hub's blob store has no space left.");
  // The name alone: clients read this, and messages may tell of keys and addresses.
  const name = error instanceof Error ? ('code' in error ? String(error.code) : error.name) : 'unknown';
  const refusal = new HubError(
    'UNAVAILABLE',
    `The hub's blob store (S3) failed: ${name}. Retry in a moment.`,
  );
  refusal.cause = error;
  return refusal;
}
