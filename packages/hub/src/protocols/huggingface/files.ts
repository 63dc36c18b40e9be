import { HubError } from '@banyan/contract';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { gitOidOf } from '../../blobs/git-oid.ts';
import { sendBlob, sendContent } from '../../blobs/send.ts';
import type { Context } from '../../context.ts';
import { findEntries } from '../../repositories/tree/listing.ts';

import { type Address, open } from './addresses.ts';
import { etagOf, type FileEntry, pointerOf } from './present-files.ts';
import { findRevisionAndPath } from './revisions.ts';

/**
 * A file of a version. Its commit is told even when the file is not there: clients remember that it is missing, and ask for
 * dozens of files that most models do not have.
 */
async function findFile(ctx: Context, reply: FastifyReply, address: Address): Promise<FileEntry> {
  const { repository } = await open(ctx, address, 'read');
  const { commit, path } = await findRevisionAndPath(ctx, repository, address['*'] ?? '');
  reply.header('x-repo-commit', commit.id);
  const [entry] = path === '' ? [] : await findEntries(ctx.db, commit, [path]);
  if (entry?.kind !== 'file')
    throw new HubError('NOT_FOUND', `There is no file "${path}" in this version.`, { field: 'path' });
  return entry;
}

/** The download: HEAD, ranges and conditions as HTTP has them, and the headers by which clients name their cache. */
export async function sendFile(ctx: Context, request: FastifyRequest, reply: FastifyReply, address: Address) {
  const entry = await findFile(ctx, reply, address);
  if (entry.gitOid === undefined)
    reply.header('x-linked-etag', `"${entry.sha256}"`).header('x-linked-size', entry.sizeBytes);
  // No range of an empty file can be given, yet JavaScript's client asks for its first byte to learn the size.
  if (entry.sizeBytes === 0 && request.headers.range !== undefined) {
    delete request.headers.range;
    reply.header('content-range', 'bytes */0');
  }
  return sendBlob(ctx, request, reply, { ...entry, etag: etagOf(entry) });
}

/** What Git holds for a file: of an LFS file its pointer. */
export async function sendRaw(ctx: Context, request: FastifyRequest, reply: FastifyReply, address: Address) {
  const entry = await findFile(ctx, reply, address);
  if (entry.gitOid !== undefined) return sendBlob(ctx, request, reply, { ...entry, etag: entry.gitOid });
  const pointer = Buffer.from(pointerOf(entry));
  const content = { etag: gitOidOf(pointer), sizeBytes: pointer.length, path: 'pointer.txt' };
  return sendContent(request, reply, content, (range) =>
    range ? pointer.subarray(range.start, range.end + 1) : pointer,
  );
}
