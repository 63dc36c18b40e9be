import type { AlgorithmInfo } from '@banyan/contract';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { api } from '../lib/api.ts';
import { buttonClass } from '../parts/button.tsx';
import { Empty, Page, Section } from '../parts/layout.tsx';
import { Loaded } from '../parts/loaded.tsx';

/** The catalogue, as the workers announced it. */
export function AlgorithmsPage() {
  const catalogue = useQuery(api.algorithms.list.queryOptions({ staleTime: 60_000 }));
  return (
    <Page
      title="Algorithms"
      lead="What can be trained here: each with its formula, its settings and what it is good for."
      actions={
        <Link to="/textbook" className={buttonClass()}>
          Textbook: from formula to code
        </Link>
      }
    >
      <Loaded query={catalogue}>
        {(all) =>
          all.length === 0 ? (
            <Empty title="No algorithms yet">
              The catalogue comes from the workers, and none has joined.
            </Empty>
          ) : (
            <>
              <Cards algorithms={all.filter(({ baseline }) => !baseline)} />
              <Section title="What they are measured against">
                <Cards algorithms={all.filter(({ baseline }) => baseline)} />
              </Section>
            </>
          )
        }
      </Loaded>
    </Page>
  );
}

function Cards({ algorithms }: { algorithms: readonly AlgorithmInfo[] }) {
  return (
    <ul className="grid gap-4 sm:grid-cols-2 lg:grid-cols-3">
      {algorithms.map(({ name, title, summary, tasks }) => (
        <li key={name} className="min-w-0">
          <Link
            to="/algorithms/$name"
            params={{ name }}
            className="flex h-full flex-col rounded-lg border border-line bg-surface p-4 text-sm hover:border-accent"
          >
            <span className="font-serif text-lg font-semibold">{title}</span>
            <span className="mt-1.5 text-muted">{summary}</span>
            <span className="mt-auto pt-3 text-xs text-muted">{tasks.join(', ')}</span>
          </Link>
        </li>
      ))}
    </ul>
  );
}
