import type { Licence, Repository } from '@banyan/contract';

/** A licence by its name, leading to its text. */
export function LicenceLink({ licence }: { licence: Licence }) {
  if (licence.url === undefined) return <span>{licence.name}</span>;
  return (
    <a href={licence.url} rel="noopener noreferrer license" target="_blank" className="text-link">
      {licence.name}
    </a>
  );
}

/** Under which licence a repository stands; that its card says otherwise, or that no list knows it, is said. */
export function Rights({ repository }: { repository: Repository }) {
  const { rights } = repository;
  if (rights === undefined)
    return <span className="text-warning">none given: ask its owners before you use it</span>;
  return (
    <>
      <LicenceLink licence={rights} />
      {rights.cardSays !== undefined && (
        <span className="block text-xs text-warning">
          The card says <code>{rights.cardSays}</code>: its owners should make the two agree.
        </span>
      )}
      {!rights.known && <span className="block text-xs text-muted">not on SPDX's list</span>}
    </>
  );
}
