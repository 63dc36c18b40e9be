import { useQuery } from '@tanstack/react-query';
import { api } from '../lib/api.ts';
import { splitPath } from '../lib/repository.ts';
import { Section } from './layout.tsx';
import { PersonLink, RunLink } from './links.tsx';
import { Loaded } from './loaded.tsx';
import { Table } from './table.tsx';
import { When } from './when.tsx';

/** Versions, newest first. */
export function History({ kind, path }: { kind: 'dataset' | 'model'; path: string }) {
  const history = useQuery(
    api.repositories.history.queryOptions({ input: { kind, ...splitPath(path), limit: 50 } }),
  );
  return (
    <Section title="Versions">
      <Loaded query={history}>
        {({ items }) => (
          <Table
            caption="Versions"
            items={items}
            keyOf={(commit) => commit.id}
            columns={[
              {
                head: 'Version',
                render: (commit) => <code title={commit.id}>{commit.id.slice(0, 10)}</code>,
              },
              { head: 'What changed', render: (commit) => commit.message },
              {
                head: 'Run',
                render: (commit) => (commit.run === undefined ? '–' : <RunLink id={commit.run}>run</RunLink>),
              },
              { head: 'By', render: (commit) => <PersonLink username={commit.author} /> },
              { head: 'When', render: (commit) => <When at={commit.createdAt} /> },
            ]}
          />
        )}
      </Loaded>
    </Section>
  );
}
