import { type SQL, sql } from 'drizzle-orm';
import { repositoryBlobs } from '../../repositories/versions-table.ts';
import { blobSegments, xorbs, xorbUploads } from './table.ts';
import type { XetAccess } from './tokens.ts';

/**
 * Which rows of `xorbs` may be used under a token: those that its person brought, and those of which the files of its
 * repository are made. A hash is no secret: were any xorb to do, naming one would be reading it.
 */
export function visibleXorbs({ person, repository }: XetAccess): SQL {
  return sql`(exists (select 1 from ${xorbUploads} where ${xorbUploads.xorb} = ${xorbs.id}
      and ${xorbUploads.uploader} = ${person.id})
    or exists (select 1 from ${blobSegments}
      join ${repositoryBlobs} on ${repositoryBlobs.sha256} = ${blobSegments.sha256}
      where ${blobSegments.xorb} = ${xorbs.id} and ${repositoryBlobs.repository} = ${repository.id}))`;
}

/**
 * A xorb that nothing refers to is kept this long: hf_xet remembers for three weeks what it uploaded, and names it in
 * later uploads without sending it again.
 */
export const orphansKeptForDays = 28;
/** From then on it is not offered any more, so that nobody comes to rely on it just before it goes. */
export const orphansOfferedForDays = 21;

export const offered = (): SQL =>
  sql`(${xorbs.orphanedAt} is null or ${xorbs.orphanedAt} > now() - make_interval(days => ${orphansOfferedForDays}))`;
