import { Histogram } from '../charts/histogram.tsx';
import { formatNumber, formatPercent, plural } from '../lib/format.ts';
import type { ColumnProfile } from '../lib/profile.ts';
import { Panel } from './layout.tsx';

/** One column of a table at a glance. */
export function ColumnCard({ column, rows }: { column: ColumnProfile; rows: number }) {
  const { numbers, top, times, lengths, shape } = column;
  return (
    <Panel className="h-full space-y-3 text-sm">
      <div className="flex items-baseline justify-between gap-3">
        <h3 className="font-mono! min-w-0 text-sm font-semibold break-all">{column.name}</h3>
        <span className="text-xs text-muted">{column.type}</span>
      </div>
      {numbers !== undefined && (
        <>
          <Histogram name={column.name} {...numbers.histogram} />
          <Numbers
            entries={[
              ['mean', numbers.mean],
              ['std', numbers.std],
              ['5 %', numbers.quantiles.q05],
              ['25 %', numbers.quantiles.q25],
              ['median', numbers.quantiles.q50],
              ['75 %', numbers.quantiles.q75],
              ['95 %', numbers.quantiles.q95],
            ]}
          />
        </>
      )}
      {top !== undefined && top.length > 0 && <TopValues top={top} rows={rows - column.missing} />}
      {times !== undefined && (
        <p className="text-muted">
          from {times.min} to {times.max}
        </p>
      )}
      {lengths !== undefined && lengths.max > 60 && (
        <p className="text-xs text-muted">
          {formatNumber(lengths.min)} to {formatNumber(lengths.max)} characters, {formatNumber(lengths.mean)}{' '}
          on average
        </p>
      )}
      {shape !== undefined && <p className="text-muted">{shape.join(' × ')} pixels</p>}
      <p className="text-xs text-muted">
        {column.type !== 'image' && `${plural(column.distinct, 'distinct value')} · `}
        <span className={column.missing > 0 ? 'text-warning' : ''}>
          {column.missing === 0
            ? 'none missing'
            : `${formatNumber(column.missing)} missing (${formatPercent(column.missing / Math.max(1, rows))})`}
        </span>
        {(numbers?.infinite ?? 0) > 0 && (
          <span className="text-warning"> · {plural(numbers?.infinite ?? 0, 'infinite value')}</span>
        )}
      </p>
    </Panel>
  );
}

function Numbers({ entries }: { entries: readonly (readonly [string, number])[] }) {
  return (
    <dl className="grid grid-cols-4 gap-x-3 gap-y-1.5 text-xs">
      {entries.map(([name, value]) => (
        <div key={name}>
          <dt className="text-muted">{name}</dt>
          <dd className="whitespace-nowrap">{formatNumber(value)}</dd>
        </div>
      ))}
    </dl>
  );
}

function TopValues({
  top,
  rows,
}: {
  top: readonly { value: string | boolean; count: number }[];
  rows: number;
}) {
  const most = Math.max(1, ...top.map(({ count }) => count));
  return (
    <ol className="space-y-1" aria-label="Most frequent values">
      {top.slice(0, 6).map(({ value, count }) => (
        <li key={String(value)} className="relative flex justify-between gap-3 px-1.5 py-0.5 text-xs">
          <span
            aria-hidden="true"
            className="absolute inset-y-0 left-0 rounded-sm bg-accent-soft"
            style={{ width: `${(count / most) * 100}%` }}
          />
          <span className="relative min-w-0 truncate" title={String(value)}>
            {value === '' ? <i className="text-muted">empty text</i> : String(value)}
          </span>
          <span className="relative whitespace-nowrap">{formatPercent(count / Math.max(1, rows))}</span>
        </li>
      ))}
    </ol>
  );
}
