import type { ReactNode } from 'react';
import { formatMetric } from '../lib/format.ts';
import { intervalScale } from '../lib/interval-scale.ts';
import type { Measured } from '../lib/metrics.ts';

export interface IntervalRow {
  key: string;
  label: ReactNode;
  measured: Measured;
  tone?: 'strong' | 'weak';
}

/** Values with their 95 % intervals on one axis; `reference` draws a line to beat. */
export function IntervalChart({
  caption,
  unit,
  rows,
  reference,
}: {
  caption: string;
  unit: string;
  rows: readonly IntervalRow[];
  reference?: { label: string; value: number };
}) {
  const scale = intervalScale([
    ...rows.flatMap((row) => [row.measured.low, row.measured.high, row.measured.value]),
    ...(reference === undefined ? [] : [reference.value]),
  ]);
  return (
    <figure aria-label={caption} className="min-w-0 text-sm">
      <div className="grid grid-cols-[fit-content(11rem)_1fr_auto] items-center gap-x-4 gap-y-2">
        {rows.map(({ key, label, measured, tone = 'strong' }) => (
          <div key={key} className="contents">
            <div className="truncate">{label}</div>
            <div className="relative h-6" aria-hidden="true">
              {reference !== undefined && (
                <span
                  className="absolute -inset-y-1 border-l border-dashed border-muted"
                  style={{ left: `${scale.at(reference.value)}%` }}
                />
              )}
              <span className="absolute inset-x-0 top-1/2 border-t border-line" />
              <span
                className={`absolute top-1/2 h-1 -translate-y-1/2 rounded ${tone === 'strong' ? 'bg-accent/45' : 'bg-muted/40'}`}
                style={{
                  left: `${scale.at(measured.low)}%`,
                  width: `${Math.max(0.4, scale.at(measured.high) - scale.at(measured.low))}%`,
                }}
              />
              <span
                className={`absolute top-1/2 size-2.5 -translate-x-1/2 -translate-y-1/2 rounded-full ${tone === 'strong' ? 'bg-accent' : 'bg-muted'}`}
                style={{ left: `${scale.at(measured.value)}%` }}
              />
            </div>
            <div className="text-right text-xs whitespace-nowrap">
              <span className="font-medium">{formatMetric(measured.value)}</span>{' '}
              <span className="text-muted">
                [{formatMetric(measured.low)}, {formatMetric(measured.high)}]
              </span>
            </div>
          </div>
        ))}
        <div />
        <div className="relative h-5 border-t border-line text-xs text-muted" aria-hidden="true">
          {scale.ticks.map((tick) => (
            <span
              key={tick}
              className="absolute top-0.5 -translate-x-1/2"
              style={{ left: `${scale.at(tick)}%` }}
            >
              {scale.format(tick)}
            </span>
          ))}
        </div>
        <div />
      </div>
      <figcaption className="mt-2 text-xs text-muted">
        {unit}, with 95 % intervals.
        {reference !== undefined && ` Dashed: ${reference.label}.`}
      </figcaption>
    </figure>
  );
}
