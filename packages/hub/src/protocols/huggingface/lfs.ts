import type { Readable } from 'node:stream';
import { HubError, sha256 } from '@banyan/contract';
import { eq } from 'drizzle-orm';
import { z } from 'zod';
import { sizesOf, upload, uploadedBy } from '../../blobs/blobs.ts';
import { readInput } from '../../blobs/input.ts';
import { signPath, verifySigned } from '../../blobs/signing.ts';
import { completeUpload } from '../../blobs/uploads/complete.ts';
import { putPart } from '../../blobs/uploads/parts.ts';
import { beginUpload } from '../../blobs/uploads/sessions.ts';
import type { Context, Services } from '../../context.ts';
import { asActor } from '../../people/authenticate.ts';
import { people } from '../../people/table.ts';
import { type RepositoryAccess, reader, repositoryAccess, signedIn } from '../../policy.ts';
import { usableBlobs } from '../../repositories/operations.ts';
import type { At } from '../../repositories/repositories.ts';
import { repositories } from '../../repositories/table.ts';
import { urlOf } from './addresses.ts';

/**
 * Git LFS's batch protocol, with Hugging Face's `multipart`. The addresses that it hands out carry their own right: clients
 * send neither a token nor headers to them.
 */
const purpose = 'lfs';
/** A slow line may take a day for a large file. */
const expiresInSeconds = 86_400;
/** Larger files come in parts when the client can do that. */
const multipartFromBytes = 16 << 20;

const batch = z.object({
  operation: z.enum(['upload', 'download']),
  transfers: z.array(z.string()).max(20).optional(),
  objects: z
    .array(
      z.object({
        oid: sha256,
        size: z
          .number()
          .int()
          .nonnegative()
          .max(2 ** 40),
      }),
    )
    .max(1000),
});

export async function answerBatch(ctx: Context, at: At, access: RepositoryAccess, body: unknown) {
  const { operation, transfers = [], objects: asked } = readInput(batch, body);
  // Each once: of one in parts there are thousands of addresses.
  const objects = [...new Map(asked.map((object) => [object.oid, object])).values()];
  // Bytes may be brought by everybody who may open a pull request; what becomes of them, the commit's rule says.
  if (operation === 'upload') signedIn(ctx, 'write');
  const hashes = objects.map(({ oid }) => oid);
  const usable = await usableBlobs(ctx, reader(ctx), access.repository, hashes);
  const sizes = await sizesOf(ctx.db, hashes);
  const here = new Map([...sizes].filter(([hash]) => usable.has(hash)));
  const multipart = operation === 'upload' && transfers.includes('multipart');
  const answers = [];
  for (const { oid, size } of objects) {
    const known = here.get(oid);
    if (known !== undefined && known !== size)
      answers.push(fault(oid, size, 422, `These bytes are ${known} bytes long, not ${size}.`));
    else if (operation === 'download')
      answers.push(
        known === undefined
          ? fault(oid, size, 404, 'There is no such object.')
          : await down(ctx, access.repository.id, oid, size),
      );
    else if (known !== undefined) answers.push({ oid, size });
    else if (multipart && size > multipartFromBytes) answers.push(await inParts(ctx, at, oid, size));
    else answers.push(await inOne(ctx, at, oid, size));
  }
  return { transfer: multipart ? 'multipart' : 'basic', objects: answers, hash_algo: 'sha256' };
}

const fault = (oid: string, size: number, code: number, message: string) => ({
  oid,
  size,
  error: { code, message },
});

const sign = async (ctx: Context, path: string, claims: Record<string, string>): Promise<string> =>
  ctx.config.publicUrl + (await signPath(ctx, path, { purpose, expiresInSeconds, claims }));

async function down(ctx: Context, repository: string, oid: string, size: number) {
  const person = reader(ctx);
  const claims = { size: String(size), repository, ...(person && { person: person.id }) };
  const href = await sign(ctx, `/api/lfs/objects/${oid}`, claims);
  return { oid, size, actions: { download: { href, expires_in: expiresInSeconds } } };
}

async function inOne(ctx: Context, at: At, oid: string, size: number) {
  const { id: uploader } = signedIn(ctx, 'write');
  const claims = { size: String(size), uploader };
  const href = await sign(ctx, `/api/lfs/objects/${oid}`, claims);
  const verify = { href: `${urlOf(ctx.config, at)}.git/info/lfs/objects/verify` };
  return { oid, size, actions: { upload: { href, expires_in: expiresInSeconds }, verify } };
}

async function inParts(ctx: Context, at: At, oid: string, size: number) {
  const { id: uploader } = signedIn(ctx, 'write');
  const session = await beginUpload(ctx, { uploader, sizeBytes: size, sha256: oid });
  const path = `/api/lfs/uploads/${session.id}`;
  const header: Record<string, string> = { chunk_size: String(session.partBytes) };
  for (let number = 1; number <= session.parts; number++)
    header[String(number).padStart(5, '0')] = await sign(ctx, `${path}/${number}`, {});
  const verify = { href: `${urlOf(ctx.config, at)}.git/info/lfs/objects/verify` };
  return { oid, size, actions: { upload: { href: await sign(ctx, path, {}), header }, verify } };
}

const claimed = z.object({ size: z.coerce.number().int(), uploader: z.string() });

/** A whole object. Throws CHECKSUM when it is not the one announced, TOO_LARGE for one byte too many. */
export async function putObject(services: Services, url: string, oid: string, body: Readable): Promise<void> {
  const claims = claimed.safeParse(await verifySigned(services, url, purpose));
  if (!claims.success) throw new HubError('NOT_ALLOWED', 'This address is for a download.');
  const { size, uploader } = claims.data;
  // A lying size must not fill the disk.
  await upload(services, uploader, body, oid, size);
}

const readable = z.object({
  size: z.coerce.number().int(),
  person: z.uuid().optional(),
  repository: z.uuid(),
});

/**
 * The size of the object that an address was signed for. Rights end sooner than addresses: whoever was given it must still
 * be allowed to read it there; given to nobody in particular, everybody must.
 */
export async function signedObject(services: Services, url: string): Promise<{ sizeBytes: number }> {
  const claims = readable.safeParse(await verifySigned(services, url, purpose));
  if (!claims.success) throw new HubError('NOT_ALLOWED', 'This address is for an upload.');
  const { size, person: personId, repository: repositoryId } = claims.data;
  const { db } = services;
  const [person] =
    personId === undefined ? [] : await db.select().from(people).where(eq(people.id, personId));
  const [repository] = await db.select().from(repositories).where(eq(repositories.id, repositoryId));
  if (!repository || (!person && (personId !== undefined || !services.config.anonymousRead)))
    throw new HubError('NOT_ALLOWED');
  const { read, reason } = await repositoryAccess(db, person && asActor(person, 'read'), repository);
  if (!read) throw new HubError('NOT_ALLOWED', reason);
  return { sizeBytes: size };
}

export async function putUploadPart(
  services: Services,
  url: string,
  { id, number }: { id: string; number: number },
  body: Readable,
): Promise<void> {
  await verifySigned(services, url, purpose);
  await putPart(services, id, number, body);
}

export async function completeParts(
  services: Services,
  url: string,
  id: string,
  body: unknown,
): Promise<{ oid: string; size: number }> {
  await verifySigned(services, url, purpose);
  const { oid } = readInput(z.object({ oid: sha256 }), body);
  const stored = await completeUpload(services, id);
  if (stored.sha256 !== oid)
    throw new HubError('CHECKSUM', `The parts make the sha256 ${stored.sha256}, not ${oid}.`);
  return { oid, size: stored.sizeBytes };
}

/** The last word of an upload: whether the object is here, of that size. Throws NOT_FOUND, CHECKSUM. */
export async function verifyObject(ctx: Context, body: unknown): Promise<void> {
  const { oid, size } = readInput(z.object({ oid: sha256, size: z.number().int() }), body);
  const me = signedIn(ctx, 'write');
  const sizeBytes = (await sizesOf(ctx.db, [oid])).get(oid);
  const mine = await uploadedBy(ctx.db, me.id, [oid]);
  if (sizeBytes === undefined || !mine.has(oid))
    throw new HubError('NOT_FOUND', `The object ${oid} has not arrived.`, { field: 'oid' });
  if (sizeBytes !== size)
    throw new HubError('CHECKSUM', `The object ${oid} has ${sizeBytes} bytes, not ${size}.`, {
      field: 'size',
    });
}
