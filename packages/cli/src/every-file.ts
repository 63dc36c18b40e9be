import type { Commit, FileEntry, HubApi, RepositoryKind } from '@banyan/contract';

/** A version with all its files, read page by page; all pages are of one commit. */
export async function everyFile(
  hub: HubApi,
  at: { kind: RepositoryKind; namespace: string; name: string; revision: string },
): Promise<{ commit: Commit; files: FileEntry[] }> {
  const query = { ...at, recursive: true, limit: 1000 };
  let page = await hub.repositories.tree(query);
  const { commit } = page;
  const files = [...page.files];
  while (page.nextCursor !== undefined) {
    page = await hub.repositories.tree({ ...query, revision: commit.id, cursor: page.nextCursor });
    files.push(...page.files);
  }
  return { commit, files };
}
