import { createHash } from 'node:crypto';
import { promisify } from 'node:util';
import { deflate, deflateSync } from 'node:zlib';
import { readMany } from '../../blobs/read-many.ts';
import type { Services } from '../../context.ts';
import type { CommitRow } from '../../repositories/versions.ts';
import { type History, namesOf } from './history.ts';
import { encodeCommit, type GitObject } from './objects.ts';
import { WorkingTree } from './working-tree.ts';

type Stores = Pick<Services, 'db' | 'blobs'>;
const compress = promisify(deflate);

/** What to send: versions, each after the one it was built on, to somebody who has others. */
export interface Parcel {
  repository: string;
  history: History;
  send: readonly CommitRow[];
  had: ReadonlySet<string>;
}

/** The objects of some versions, each once, without those of the versions before that the other side has. */
async function* objectsOf(services: Stores, parcel: Parcel): AsyncGenerator<GitObject> {
  const { repository, history, send, had } = parcel;
  const tree = new WorkingTree(services, repository);
  const seen = new Set<string>();
  let at: string | null = null;
  for (const version of send) {
    const { parent } = version;
    const before = parent === null ? undefined : history.versions.get(parent);
    if (before && before.id !== at && had.has(before.id)) {
      await tree.moveTo(before.root);
      for (const { oid } of tree.newObjects()) seen.add(oid);
    }
    await tree.moveTo(version.root);
    for (const object of tree.newObjects()) {
      if (seen.has(object.oid)) continue;
      seen.add(object.oid);
      yield object;
    }
    const content = encodeCommit(version, namesOf(version, tree.oid, history.oids));
    yield { type: 'commit', oid: history.oids.get(version.id) ?? '', content };
    at = version.id;
  }
}

/** How many objects there are: a pack says so before the first. */
export async function countObjects(services: Stores, parcel: Parcel): Promise<number> {
  let count = 0;
  for await (const _ of objectsOf(services, parcel)) count += 1;
  return count;
}

/** Objects that are read and compressed at once: so many, and so many bytes. */
const atOnce = { objects: 200, bytes: 8 << 20 };

/** A pack of version 2, without deltas: https://git-scm.com/docs/pack-format. Memory does not grow with what is sent. */
export async function* packOf(services: Stores, parcel: Parcel, count: number): AsyncGenerator<Buffer> {
  const sum = createHash('sha1');
  const head = Buffer.alloc(12);
  head.write('PACK');
  head.writeUInt32BE(2, 4);
  head.writeUInt32BE(count, 8);
  sum.update(head);
  yield head;
  let sent = 0;
  for await (const some of inGroups(objectsOf(services, parcel))) {
    const packed = await packGroup(services, some);
    sent += some.length;
    sum.update(packed);
    yield packed;
  }
  if (sent !== count) throw new Error(`a pack of ${count} objects came to have ${sent}`);
  yield sum.digest();
}

async function* inGroups(objects: AsyncIterable<GitObject>): AsyncGenerator<GitObject[]> {
  let group: GitObject[] = [];
  let bytes = 0;
  for await (const object of objects) {
    group.push(object);
    bytes += sizeOf(object);
    if (group.length < atOnce.objects && bytes < atOnce.bytes) continue;
    yield group;
    group = [];
    bytes = 0;
  }
  if (group.length > 0) yield group;
}

const sizeOf = ({ content }: GitObject): number =>
  Buffer.isBuffer(content) ? content.length : content.sizeBytes;

const codes = { commit: 1, tree: 2, blob: 3 } as const;

async function packGroup(services: Stores, objects: readonly GitObject[]): Promise<Buffer> {
  const files = objects.flatMap(({ content }) => (Buffer.isBuffer(content) ? [] : [content.sha256]));
  const read = await readMany(services, files);
  const pack = async ({ type, content }: GitObject): Promise<Buffer[]> => {
    const bytes = Buffer.isBuffer(content) ? content : read.get(content.sha256);
    if (!bytes) throw new Error('readMany answers all that it was asked for');
    // A thread is worth its way for what is large alone.
    const small = bytes.length < smallBytes;
    return [headOf(codes[type], bytes.length), small ? deflateSync(bytes) : await compress(bytes)];
  };
  return Buffer.concat((await Promise.all(objects.map(pack))).flat());
}
const smallBytes = 32 << 10;

/** The kind in three bits, the size in groups of seven, the lowest first (of four in the first byte). */
function headOf(code: number, size: number): Buffer {
  const bytes = [];
  let [byte, rest] = [(code << 4) | (size & 15), Math.floor(size / 16)];
  for (; rest > 0; rest = Math.floor(rest / 128)) {
    bytes.push(byte | 0x80);
    byte = rest & 0x7f;
  }
  bytes.push(byte);
  return Buffer.from(bytes);
}
