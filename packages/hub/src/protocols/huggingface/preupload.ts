import { buffer } from 'node:stream/consumers';
import { filePath, HubError } from '@banyan/contract';
import { z } from 'zod';
import { readInput } from '../../blobs/input.ts';
import { readBlob } from '../../blobs/read.ts';
import type { Context } from '../../context.ts';
import { isLargeFile, readAttributes, usualAttributes } from '../../repositories/attributes.ts';
import { findEntries } from '../../repositories/tree/listing.ts';
import { takeTurns } from '../../repositories/turns.ts';
import type { CommitRow } from '../../repositories/versions.ts';
import { type Address, open } from './addresses.ts';
import { readIgnore } from './ignore.ts';
import { isProposal } from './inputs.ts';
import { etagOf } from './present-files.ts';
import { findRevisionIfAny } from './revisions.ts';

const request = z.object({
  files: z.array(z.object({ path: z.string().max(2000), size: z.number().int().nonnegative() })).max(1000),
  gitAttributes: z.string().max(200_000).nullish(),
  gitIgnore: z.string().max(200_000).nullish(),
});

/** A `.gitattributes` or `.gitignore` that is larger says nothing. */
const rulesBytes = 200_000;

/** How each of these files is to be sent, whether it is ignored, and what is at its path now. */
export async function answerPreupload(ctx: Context, address: Address, query: unknown, body: unknown) {
  const { files, gitAttributes, gitIgnore } = readInput(request, body);
  for (const { path } of files)
    if (!filePath.safeParse(path).success)
      throw new HubError('BAD_INPUT', `"${path}" is not a path that a repository can hold.`, {
        field: 'path',
      });
  const { repository } = await open(ctx, address, isProposal(address, query) ? 'read' : 'write');
  const commit = await findRevisionIfAny(ctx, repository, address['*'] ?? '');
  const attributes = gitAttributes ?? (await readRules(ctx, commit, '.gitattributes'));
  const ignore = readIgnore(gitIgnore ?? (await readRules(ctx, commit, '.gitignore')) ?? '');
  const rules = attributes === undefined ? usualAttributes : readAttributes(attributes);
  const paths = files.map(({ path }) => path);
  const entries = commit ? await findEntries(ctx.db, commit, paths) : [];
  const oids = new Map(
    entries.flatMap((entry) => (entry.kind === 'file' ? [[entry.path, etagOf(entry)] as const] : [])),
  );
  const answers = [];
  const turn = takeTurns();
  for (const { path, size } of files) {
    answers.push({
      path,
      uploadMode: isLargeFile(rules, path, size) ? 'lfs' : 'regular',
      shouldIgnore: ignore(path),
      oid: oids.get(path) ?? null,
    });
    await turn();
  }
  return { files: answers };
}

async function readRules(
  ctx: Context,
  commit: CommitRow | undefined,
  path: string,
): Promise<string | undefined> {
  const [file] = commit ? await findEntries(ctx.db, commit, [path]) : [];
  if (file?.kind !== 'file' || file.sizeBytes > rulesBytes) return undefined;
  return String(await buffer(await readBlob(ctx, file.sha256)));
}
