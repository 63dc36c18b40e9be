import type { FileEntry } from '@banyan/contract';
import type { Context } from '../../context.ts';
import { authorizeRepository, type RepositoryRow } from '../../policy.ts';
import type { At } from '../repositories.ts';
import { pathOf } from '../store.ts';
import { type CommitRow, resolveRevision } from '../versions.ts';
import { cffOf } from './citation.ts';
import { readFacts, type VersionFacts } from './facts.ts';
import { filesOfVersion, openFile } from './files.ts';
import { croissantOfVersion } from './metadata.ts';
import { makerOf } from './provenance.ts';
import { type CrateFile, type CrateVersion, crateMetadata } from './ro-crate.ts';
import { cratePreview } from './ro-crate-preview.ts';
import { type ZipEntry, zip } from './zip.ts';

/**
 * A version with all its files as an RO-Crate in a ZIP archive, made while it is sent: for those who may read the files.
 * To the repository's files come the crate's description (for machines and for people), CITATION.cff and, of a dataset,
 * croissant.json; a file of the repository that has one of these names goes to `from-repository/`, the citation and
 * Croissant of its authors stay as they are.
 */
export async function openArchive(
  ctx: Context,
  at: At & { revision: string },
): Promise<{ name: string; bytes: AsyncGenerator<Uint8Array> }> {
  const { repository } = await authorizeRepository(ctx, at.kind, pathOf(at), 'read');
  const commit = await resolveRevision(ctx.db, repository, at.revision);
  const facts = await readFacts(ctx, repository, commit);
  const madeBy = await makerOf(ctx.db, repository, commit);
  const added = await documents(ctx, { repository, commit, facts });
  const version: CrateVersion = { facts, madeBy, softwareVersion: ctx.config.version };
  const label = `${repository.name}-${facts.version}`.replaceAll(/[^A-Za-z0-9._-]/g, '-');
  return {
    name: `${label}.zip`,
    bytes: zip(entries(ctx, commit, version, added), commit.createdAt),
  };
}

interface Added extends CrateFile {
  bytes: Buffer;
}

/** What the hub adds to the files, where the authors have none of their own. */
async function documents(
  ctx: Context,
  { repository, commit, facts }: { repository: RepositoryRow; commit: CommitRow; facts: VersionFacts },
): Promise<Added[]> {
  const taken = new Set<string>();
  for await (const { path } of filesOfVersion(ctx, commit))
    if (!path.includes('/')) taken.add(path.toLowerCase());
  const found: Added[] = [];
  const add = (path: string, description: string, content: string) => {
    const bytes = Buffer.from(content);
    if (!taken.has(path.toLowerCase())) found.push({ path, description, bytes, sizeBytes: bytes.length });
  };
  add('CITATION.cff', 'How to cite this version', cffOf(facts));
  if (repository.kind === 'dataset') {
    const croissant = await croissantOfVersion(ctx, repository, commit, { local: true });
    add(
      'croissant.json',
      'This folder in Croissant, for loaders of machine learning',
      JSON.stringify(croissant, undefined, 1),
    );
  }
  return found;
}

const ownNames = new Set(['ro-crate-metadata.json', 'ro-crate-preview.html']);

const inCrate = (path: string): string =>
  ownNames.has(path.toLowerCase()) ? `from-repository/${path}` : path;

async function* entries(
  ctx: Context,
  commit: CommitRow,
  version: CrateVersion,
  added: readonly Added[],
): AsyncGenerator<ZipEntry> {
  async function* files(): AsyncGenerator<CrateFile> {
    for (const { path, sizeBytes, description } of added)
      yield { path, sizeBytes, ...(description !== undefined && { description }) };
    for await (const { path, sizeBytes, sha256 } of filesOfVersion(ctx, commit))
      yield { path: inCrate(path), sizeBytes, sha256 };
  }
  // The zip writer wants to know sizes: the description is written once to measure it, again to send it.
  yield {
    path: 'ro-crate-metadata.json',
    sizeBytes: await lengthOf(crateMetadata(version, files)),
    packed: false,
    open: () => encoded(crateMetadata(version, files)),
  };
  yield whole('ro-crate-preview.html', Buffer.from(await cratePreview(version.facts, files())));
  for (const { path, bytes } of added) yield whole(path, bytes);
  for await (const file of filesOfVersion(ctx, commit))
    yield {
      path: inCrate(file.path),
      sizeBytes: file.sizeBytes,
      packed: isPacked(file),
      open: () => openFile(ctx, file),
    };
}

async function* once(bytes: Buffer): AsyncGenerator<Uint8Array> {
  yield bytes;
}

const whole = (path: string, bytes: Buffer): ZipEntry => ({
  path,
  sizeBytes: bytes.length,
  packed: false,
  open: () => once(bytes),
});

async function lengthOf(texts: AsyncIterable<string>): Promise<number> {
  let bytes = 0;
  for await (const text of texts) bytes += Buffer.byteLength(text);
  return bytes;
}

const blockCharacters = 1 << 16;

async function* encoded(texts: AsyncIterable<string>): AsyncGenerator<Uint8Array> {
  let block = '';
  for await (const text of texts) {
    block += text;
    if (block.length < blockCharacters) continue;
    yield Buffer.from(block);
    block = '';
  }
  yield Buffer.from(block);
}

const packed =
  /\.(parquet|gz|zip|zst|bz2|xz|lz4|7z|png|jpe?g|gif|webp|mp[34]|flac|ogg|webm|pdf|safetensors|onnx|pt|bin|npz|arrow)$/i;

/** Packing a large file costs more than it gives. */
const isPacked = ({ path, sizeBytes }: Pick<FileEntry, 'path' | 'sizeBytes'>): boolean =>
  packed.test(path) || sizeBytes > 64 << 20;
