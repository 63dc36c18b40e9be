import { uploadBlob } from '@banyan/contract';
import { hub, hubUrl } from './api.ts';
import { splitPath } from './repository.ts';

/**
 * Commits a README on top of `parent`, or proposes it in a pull request, whose number it answers. Throws the hub's CONFLICT
 * when the branch has moved on meanwhile; a pull request may start from any version.
 */
export async function commitCard(
  { kind, path }: { kind: 'dataset' | 'model'; path: string },
  card: { markdown: string; message: string; parent: string | undefined; pullRequest: boolean },
): Promise<number | undefined> {
  const { markdown, parent, ...how } = card;
  const { sha256 } = await uploadBlob({ url: hubUrl }, new Blob([markdown]));
  const made = await hub.repositories.commit({
    kind,
    ...splitPath(path),
    ...how,
    ...(parent === undefined ? {} : { parent }),
    operations: [{ op: 'add', path: 'README.md', sha256 }],
  });
  return made.pullRequest;
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
