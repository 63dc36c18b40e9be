import type { Repository } from '@banyan/contract';
import { useInfiniteQuery } from '@tanstack/react-query';
import { api } from '../lib/api.ts';
import { usePlace } from '../lib/place.ts';
import { splitPath } from '../lib/repository.ts';
import { CommitView } from './commit-view.tsx';
import { FailureNote } from './failure-note.tsx';
import { Section } from './layout.tsx';
import { PersonLink, RunLink } from './links.tsx';
import { Loading } from './loaded.tsx';
import { PlaceLink } from './place-link.tsx';
import { RevisionChoice } from './revision-choice.tsx';
import { ShowMore } from './show-more.tsx';
import { Table } from './table.tsx';
import { When } from './when.tsx';

/** Versions, newest first; or one of them, with what it changed. */
export function History({ repository }: { repository: Repository }) {
  const { commit } = usePlace();
  return commit === undefined ? (
    <Commits repository={repository} />
  ) : (
    <CommitView repository={repository} commit={commit} />
  );
}

function Commits({ repository: { kind, path } }: { repository: Repository }) {
  const { revision = 'main' } = usePlace();
  const history = useInfiniteQuery(
    api.repositories.history.infiniteOptions({
      input: (cursor: string | undefined) => ({
        kind,
        ...splitPath(path),
        revision,
        limit: 50,
        ...(cursor === undefined ? {} : { cursor }),
      }),
      initialPageParam: undefined,
      getNextPageParam: (last) => last.nextCursor,
    }),
  );
  return (
    <Section
      title="Versions"
      aside={<RevisionChoice kind={kind} path={path} revision={revision} place={{ tab: 'versions' }} />}
    >
      {history.error !== null && <FailureNote error={history.error} retry={() => void history.refetch()} />}
      {history.isPending && <Loading />}
      {history.data && (
        <Table
          caption="Versions"
          items={history.data.pages.flatMap((page) => page.items)}
          keyOf={(commit) => commit.id}
          columns={[
            {
              head: 'What changed',
              render: (commit) => (
                <PlaceLink to={{ tab: 'versions', commit: commit.id }} className="text-link break-words">
                  {commit.message.split('\n')[0]}
                </PlaceLink>
              ),
            },
            {
              head: 'Version',
              render: (commit) => (
                <PlaceLink
                  to={{ tab: 'files', revision: commit.id }}
                  className="text-link font-mono text-xs whitespace-nowrap"
                >
                  {commit.id.slice(0, 10)}
                </PlaceLink>
              ),
            },
            {
              head: 'Run',
              render: (commit) => (commit.run === undefined ? '–' : <RunLink id={commit.run}>run</RunLink>),
            },
            { head: 'By', render: (commit) => <PersonLink username={commit.author} /> },
            { head: 'When', render: (commit) => <When at={commit.createdAt} /> },
          ]}
        />
      )}
      <ShowMore query={history} />
    </Section>
  );
}
