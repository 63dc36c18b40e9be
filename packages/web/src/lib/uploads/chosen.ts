import { filePath } from '@banyan/contract';
import type { ChosenFile } from './run.ts';

export interface Chosen {
  files: ChosenFile[];
  /** Hidden files (.git, .DS_Store), which stay where they are. */
  hidden: number;
  /** Paths that no repository can hold. */
  impossible: string[];
}

/** Files from a file or folder input; those of a folder keep their path, beginning with its name. */
export const chosenFiles = (list: Iterable<File>): Chosen =>
  sortOut([...list].map((file) => ({ path: file.webkitRelativePath || file.name, file })));

/** Dropped files and folders. To be called within the event: a browser shows its items only then. */
export function droppedFiles(transfer: DataTransfer): Promise<Chosen> {
  const entries = [...transfer.items].flatMap((item) => item.webkitGetAsEntry() ?? []);
  return Promise.all(entries.map(filesBelow)).then((found) => sortOut(found.flat()));
}

async function filesBelow(entry: FileSystemEntry): Promise<ChosenFile[]> {
  const path = entry.fullPath.replace(/^\/+/, '');
  if (isFile(entry)) {
    const file = await new Promise<File>((resolve, reject) => entry.file(resolve, reject));
    return [{ path, file }];
  }
  if (!isFolder(entry) || isHidden(path)) return [];
  const reader = entry.createReader();
  const files: ChosenFile[] = [];
  for (;;) {
    // A browser gives a hundred at a time, and none when there are no more.
    const some = await new Promise<FileSystemEntry[]>((resolve, reject) =>
      reader.readEntries(resolve, reject),
    );
    if (some.length === 0) return files;
    for (const one of some) files.push(...(await filesBelow(one)));
  }
}

const isFile = (entry: FileSystemEntry): entry is FileSystemFileEntry => entry.isFile;
const isFolder = (entry: FileSystemEntry): entry is FileSystemDirectoryEntry => entry.isDirectory;
const isHidden = (path: string): boolean => path.split('/').some((part) => part.startsWith('.'));

function sortOut(all: readonly ChosenFile[]): Chosen {
  // A single hidden file was chosen on purpose (.gitattributes); one in a folder came along with it.
  const seen = all.filter(({ path }) => !path.includes('/') || !isHidden(path));
  const files: ChosenFile[] = [];
  const impossible: string[] = [];
  for (const one of seen)
    if (filePath.safeParse(one.path).success) files.push(one);
    else impossible.push(one.path);
  return { files, hidden: all.length - seen.length, impossible };
}
