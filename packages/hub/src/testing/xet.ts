import { createHash } from 'node:crypto';
import { HubError } from '@banyan/contract';
import {
  buildShard,
  type Chunk,
  fileHash,
  openChunker,
  packChunk,
  type ShardSegment,
  verificationHash,
  type XetHash,
  xorbHash,
} from '@banyan/contract/xet';
import { issueXetToken } from '../blobs/xet/tokens.ts';
import type { Context } from '../context.ts';
import { findPerson } from '../people/store.ts';
import { authorizeRepository } from '../policy.ts';
import type { TestHub, TestPerson } from '../testing.ts';

/** A xorb as a client sends it. */
export interface PackedXorb {
  hash: XetHash;
  body: Buffer;
  chunks: Chunk[];
}

export function chunksOf(bytes: Uint8Array): Chunk[] {
  const chunker = openChunker();
  const chunks = chunker.push(bytes);
  const last = chunker.end();
  return last ? [...chunks, last] : chunks;
}

export function packXorb(chunks: Chunk[], compress = true): PackedXorb {
  const body = Buffer.concat(chunks.map((chunk) => packChunk(chunk.bytes, compress)));
  return { hash: xorbHash(chunks), body, chunks };
}

/** All chunks of a xorb as one segment, or those of [start, end). */
export function segmentOf(xorb: PackedXorb, start = 0, end = xorb.chunks.length): ShardSegment {
  const chunks = xorb.chunks.slice(start, end);
  return {
    xorb: xorb.hash,
    start,
    end,
    sizeBytes: chunks.reduce((sum, chunk) => sum + chunk.sizeBytes, 0),
    verification: verificationHash(chunks),
  };
}

export const sha256Of = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

export function shardOf(bytes: Uint8Array, segments: ShardSegment[], sha256 = sha256Of(bytes)): Buffer {
  return Buffer.from(
    buildShard({ files: [{ hash: fileHash(chunksOf(bytes)), sha256, segments }], xorbs: [] }),
  );
}

/** A person's way to the routes below `/xet`, for one dataset that they may write to. */
export interface XetClient {
  token: string;
  get(path: string): Promise<Response>;
  post(path: string, body: Uint8Array): Promise<Response>;
  /** Uploads a file whose chunks are all new, in one xorb. */
  upload(bytes: Uint8Array): Promise<PackedXorb>;
}

export async function xetClient(
  hub: TestHub,
  person: TestPerson,
  at: { namespace: string; name: string },
  kind: 'dataset' | 'model' = 'dataset',
): Promise<XetClient> {
  const row = await findPerson(hub.services.db, person.username);
  if (!row) throw new HubError('NOT_FOUND');
  const { id, username, administrator } = row;
  const ctx: Context = {
    ...hub.services,
    actor: { kind: 'person', id, username, administrator, scope: 'write' },
    request: { id: 'test', address: '', session: undefined, setSession: () => {}, retryAfter: () => {} },
  };
  const repository = await authorizeRepository(ctx, kind, `${at.namespace}/${at.name}`, 'write');
  const { casUrl, accessToken } = await issueXetToken(ctx, { repository, write: true });
  const headers = { authorization: `Bearer ${accessToken}` };
  const post: XetClient['post'] = (path, body) =>
    fetch(casUrl + path, { method: 'POST', headers, body: new Uint8Array(body) });
  return {
    token: accessToken,
    get: (path) => fetch(casUrl + path, { headers }),
    post,
    async upload(bytes) {
      const xorb = packXorb(chunksOf(bytes));
      const sent = await post(`/v1/xorbs/default/${xorb.hash}`, xorb.body);
      if (!sent.ok) throw new Error(await sent.text());
      const registered = await post('/v1/shards', shardOf(bytes, [segmentOf(xorb)]));
      if (!registered.ok) throw new Error(await registered.text());
      return xorb;
    },
  };
}
