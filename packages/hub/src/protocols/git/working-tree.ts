import { HubError } from '@banyan/contract';
import { gitOidOf } from '../../blobs/git-oid.ts';
import type { Services } from '../../context.ts';
import { changesBetween } from '../../repositories/tree/changes.ts';
import { emptyRoot, type TreeFile } from '../../repositories/tree/page.ts';
import { openPages } from '../../repositories/tree/store.ts';
import { pointerOf } from '../huggingface/present-files.ts';
import { attributesPath, LargeFiles } from './attributes.ts';
import { encodeTree, type GitObject, nameObject } from './objects.ts';

/** A version of more files is not held in memory. */
const mostFiles = 300_000;
/** Pages of trees are forgotten after so many moves. */
const movesWithPages = 50;

interface Leaf {
  oid: string;
  content: Buffer | TreeFile;
}
class Folder {
  readonly entries = new Map<string, Folder | Leaf>();
  /** Undefined while something in it has changed since its name was found out. */
  oid: string | undefined;
}

/**
 * The files of one version as Git sees them: folders, pointers in place of LFS files. It goes from version to version by the
 * files in which they differ, and tells of each the objects that are new since the one before.
 */
export class WorkingTree {
  private readonly top = new Folder();
  private readonly large: LargeFiles;
  private readonly services: Pick<Services, 'db' | 'blobs'>;
  private readonly repository: string;
  private pages;
  private root = emptyRoot;
  private moves = 0;
  private files = 0;
  private own: TreeFile | undefined;
  private fresh: Leaf[] = [];

  constructor(services: Pick<Services, 'db' | 'blobs'>, repository: string) {
    this.services = services;
    this.repository = repository;
    this.large = new LargeFiles(services);
    this.pages = openPages(services.db, repository);
  }

  async moveTo(root: string): Promise<void> {
    this.moves += 1;
    if (this.moves % movesWithPages === 0) this.pages = openPages(this.services.db, this.repository);
    for await (const { path, before, after } of changesBetween(this.pages, { from: this.root, to: root })) {
      this.files += (after ? 1 : 0) - (before ? 1 : 0);
      if (this.files > mostFiles)
        throw new HubError('TOO_LARGE', `Git is given no version of more than ${mostFiles} files.`, {
          hint: 'Use: hf download, or banyan pull.',
        });
      this.large.note(path, after);
      if (path === attributesPath) {
        this.own = after;
        await this.large.read(after);
      } else this.put(path, after && leafOf(after));
    }
    this.root = root;
    const { text } = this.large;
    const attributes = text === undefined ? this.own && leafOf(this.own) : written(text);
    if (this.top.entries.get(attributesPath)?.oid !== attributes?.oid) this.put(attributesPath, attributes);
  }

  private put(path: string, leaf: Leaf | undefined): void {
    const parts = path.split('/');
    const name = parts.pop() ?? path;
    const way: [Folder, string][] = [];
    let folder = this.top;
    folder.oid = undefined;
    for (const part of parts) {
      let next = folder.entries.get(part);
      if (!(next instanceof Folder)) {
        // What is deleted from where nothing is needs no folder.
        if (!leaf) return;
        folder.entries.set(part, (next = new Folder()));
      }
      way.push([folder, part]);
      folder = next;
      folder.oid = undefined;
    }
    if (leaf) {
      folder.entries.set(name, leaf);
      this.fresh.push(leaf);
    } else if (!(folder.entries.get(name) instanceof Folder)) folder.entries.delete(name);
    // Git knows no empty folders.
    for (const [above, part] of way.toReversed()) {
      if (folder.entries.size > 0) return;
      above.entries.delete(part);
      folder = above;
    }
  }

  /** The objects that are new since this was asked before; then `oid` names the whole. */
  *newObjects(): Generator<GitObject> {
    const fresh = this.fresh;
    this.fresh = [];
    for (const { oid, content } of fresh) yield { type: 'blob', oid, content };
    yield* name(this.top);
  }

  get oid(): string {
    if (this.top.oid === undefined) throw new Error('the tree has no name before its objects were told');
    return this.top.oid;
  }
}

function* name(folder: Folder): Generator<GitObject> {
  if (folder.oid !== undefined) return;
  for (const entry of folder.entries.values()) if (entry instanceof Folder) yield* name(entry);
  const content = encodeTree(
    [...folder.entries].map(([one, entry]) => ({
      name: one,
      folder: entry instanceof Folder,
      oid: entry.oid ?? '',
    })),
  );
  const oid = nameObject('tree', content);
  folder.oid = oid;
  yield { type: 'tree', oid, content };
}

const leafOf = (file: TreeFile): Leaf =>
  file.gitOid === undefined ? written(pointerOf(file)) : { oid: file.gitOid, content: file };

function written(text: string): Leaf {
  const content = Buffer.from(text);
  return { oid: gitOidOf(content), content };
}
