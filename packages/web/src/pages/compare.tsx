import { useQueries } from '@tanstack/react-query';
import { useParams, useSearch } from '@tanstack/react-router';
import { useMemo } from 'react';
import { api } from '../lib/api.ts';
import { CurveGrid } from '../parts/curve-grid.tsx';
import { FailureNote } from '../parts/failure-note.tsx';
import { Empty, Page, Section } from '../parts/layout.tsx';
import { ProjectLink } from '../parts/links.tsx';
import { Loading } from '../parts/loaded.tsx';
import { MetricComparison } from '../parts/metric-comparison.tsx';
import { RunTable } from '../parts/run-table.tsx';

/** Chosen runs side by side: their curves in one chart each measure, their scores in one chart each metric. */
export function ComparePage() {
  const { slug } = useParams({ from: '/projects/$slug/compare' });
  const search = useSearch({ from: '/projects/$slug/compare' });
  const ids = search.runs.split(',').filter((id) => id !== '');
  const queries = useQueries({
    queries: ids.map((id) => api.runs.get.queryOptions({ input: { id }, refetchInterval: 5000 })),
  });
  const metrics = useQueries({
    queries: ids.map((id) =>
      api.runs.metrics.queryOptions({ input: { id, points: 1000 }, refetchInterval: 5000 }),
    ),
  });
  const runs = queries.flatMap((query) => query.data ?? []);
  const failed = [...queries, ...metrics].find((query) => query.error !== null);
  const curves = useMemo(
    () =>
      ids.flatMap((id, index) => {
        const name = queries[index]?.data?.name ?? id.slice(0, 8);
        return (metrics[index]?.data ?? []).map((one) => ({
          ...one,
          label: `${name} · ${one.name}`,
          color: index,
          dashed: /^(valid|test)/.test(one.name),
        }));
      }),
    // Queries are new objects at every render; their data are not.
    // oxlint-disable-next-line react/exhaustive-deps
    [search.runs, ...queries.map((query) => query.data), ...metrics.map((query) => query.data)],
  );
  return (
    <Page title="Compare runs" above={<ProjectLink slug={slug} />}>
      {ids.length === 0 && (
        <Empty title="No runs chosen">Tick runs on the project’s page, then compare them.</Empty>
      )}
      {failed !== undefined && <FailureNote error={failed.error} />}
      {queries.some((query) => query.isPending) && <Loading />}
      {runs.length > 0 && <RunTable runs={runs} />}
      {runs.some((run) => run.evaluation !== undefined) && (
        <Section title="Scores on held-out rows">
          <MetricComparison runs={runs} />
        </Section>
      )}
      {curves.length > 0 && (
        <Section title="Curves">
          <CurveGrid curves={curves} />
        </Section>
      )}
    </Page>
  );
}
