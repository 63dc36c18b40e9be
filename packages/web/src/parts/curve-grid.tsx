import { useMemo, useState } from 'react';
import { type Curve, LineChart } from '../charts/line-chart.tsx';
import { metricLabel } from '../lib/metrics.ts';
import { groupByMeasure } from '../lib/series.ts';
import { CheckField } from './field.tsx';
import { Panel } from './layout.tsx';

/** Curves in charts by measure, the loss first and wide, with smoothing and a logarithmic axis. */
export function CurveGrid({ curves }: { curves: readonly Curve[] }) {
  const [smoothing, setSmoothing] = useState(0);
  const [logarithmic, setLogarithmic] = useState(false);
  const groups = useMemo(() => groupByMeasure(curves), [curves]);
  return (
    <div className="space-y-4">
      <div className="flex flex-wrap items-center gap-x-8 gap-y-3">
        <label className="flex items-center gap-3 text-sm">
          Smoothing
          <input
            type="range"
            min={0}
            max={0.98}
            step={0.02}
            value={smoothing}
            onChange={(event) => setSmoothing(Number(event.target.value))}
            className="accent-accent"
          />
          <output className="w-10 text-muted">{smoothing.toFixed(2)}</output>
        </label>
        <CheckField label="Logarithmic axis" checked={logarithmic} onChange={setLogarithmic} />
        <span className="text-xs text-muted">Drag over a chart to zoom, double-click to see all.</span>
      </div>
      <div className="grid gap-4 lg:grid-cols-2">
        {groups.map(({ measure, series }, index) => (
          <Panel key={measure} className={index === 0 ? 'lg:col-span-2' : ''}>
            <LineChart
              title={metricLabel(measure)}
              curves={series}
              smoothing={smoothing}
              logarithmic={logarithmic}
              height={index === 0 ? 300 : 220}
            />
          </Panel>
        ))}
      </div>
    </div>
  );
}
