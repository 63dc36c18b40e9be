import { uploadBlob } from '@banyan/contract';
import { hub, hubUrl } from './api.ts';
import { splitPath } from './repository.ts';

/** Commits a README on top of `parent`. Throws the hub's CONFLICT when the branch has moved on meanwhile. */
export async function commitCard(
  { kind, path }: { kind: 'dataset' | 'model'; path: string },
  { markdown, message, parent }: { markdown: string; message: string; parent: string | undefined },
): Promise<void> {
  const { sha256 } = await uploadBlob({ url: hubUrl }, new Blob([markdown]));
  await hub.repositories.commit({
    kind,
    ...splitPath(path),
    message,
    ...(parent === undefined ? {} : { parent }),
    operations: [{ op: 'add', path: 'README.md', sha256 }],
  });
}

/** Where a line of a text begins and ends; lines count from 1. */
export function rangeOfLine(text: string, line: number): [start: number, end: number] {
  let start = 0;
  for (let n = 1; n < line; n += 1) {
    const next = text.indexOf('\n', start);
    if (next < 0) break;
    start = next + 1;
  }
  const end = text.indexOf('\n', start);
  return [start, end < 0 ? text.length : end];
}
