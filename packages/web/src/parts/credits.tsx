import { useQuery } from '@tanstack/react-query';
import { api } from '../lib/api.ts';
import { formatDuration } from '../lib/format.ts';
import { Empty } from './layout.tsx';
import { PersonLink } from './links.tsx';
import { Loaded } from './loaded.tsx';
import { Table } from './table.tsx';

/** Who contributed what, counted from the ledger. */
export function Credits({ project }: { project: string }) {
  const credits = useQuery(api.projects.credits.queryOptions({ input: { slug: project } }));
  return (
    <Loaded query={credits}>
      {(items) =>
        items.length === 0 ? (
          <Empty title="No contributions yet">
            Datasets, recipes, runs, models, access decisions and lent compute are counted here as they
            happen.
          </Empty>
        ) : (
          <Table
            caption="Contributions"
            items={items}
            keyOf={(credit, index) => credit.username ?? credit.organisation ?? String(index)}
            columns={[
              {
                head: 'Who',
                render: (credit) =>
                  credit.username === undefined ? (
                    <span>
                      {credit.organisation} <span className="text-xs text-muted">organisation</span>
                    </span>
                  ) : (
                    <PersonLink username={credit.username} />
                  ),
              },
              { head: 'Datasets', numeric: true, render: (credit) => credit.datasets },
              { head: 'Recipes', numeric: true, render: (credit) => credit.recipes },
              { head: 'Runs', numeric: true, render: (credit) => credit.runs },
              { head: 'Models', numeric: true, render: (credit) => credit.models },
              { head: 'Decisions', numeric: true, render: (credit) => credit.reviews },
              {
                head: 'Compute',
                numeric: true,
                render: (credit) =>
                  credit.computeSeconds === 0 ? '–' : formatDuration(credit.computeSeconds * 1000),
              },
            ]}
          />
        )
      }
    </Loaded>
  );
}
