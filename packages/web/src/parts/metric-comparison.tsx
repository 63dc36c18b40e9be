import type { Run } from '@banyan/contract';
import { IntervalChart, type IntervalRow } from '../charts/interval-chart.tsx';
import { betterIs, metricLabel, rankBy } from '../lib/metrics.ts';
import { Panel } from './layout.tsx';
import { RunLink } from './links.tsx';

/** One chart a metric, the best run first. */
export function MetricComparison({ runs }: { runs: readonly Run[] }) {
  const names = [...new Set(runs.flatMap((run) => Object.keys(run.evaluation?.metrics ?? {})))];
  return (
    <div className="grid gap-4 lg:grid-cols-2">
      {names.map((name) => (
        <Panel key={name}>
          <h3 className="mb-3 font-semibold">{metricLabel(name)}</h3>
          <IntervalChart
            caption={metricLabel(name)}
            unit={`${metricLabel(name)} (${betterIs(name)} is better)`}
            rows={rowsOf(name, runs)}
          />
        </Panel>
      ))}
    </div>
  );
}

function rowsOf(name: string, runs: readonly Run[]): IntervalRow[] {
  const rows: IntervalRow[] = [];
  for (const run of rankBy(name, runs, (one) => one.evaluation?.metrics[name]?.value)) {
    const measured = run.evaluation?.metrics[name];
    if (measured !== undefined)
      rows.push({ key: run.id, label: <RunLink id={run.id}>{run.name}</RunLink>, measured });
  }
  return rows;
}
