import { PairedHistogram } from '../charts/paired-histogram.tsx';
import { formatNumber, formatPercent, plural } from '../lib/format.ts';
import type { Drift } from '../lib/quality.ts';
import { Badge } from './badge.tsx';
import { Panel } from './layout.tsx';

/** Population stability index: from here on a column has moved, and from there on it is another one. */
const [moved, another] = [0.1, 0.25];

const mostPanels = 30;

/** Columns that moved since the version before, the old and the new distribution side by side. */
export function DriftPanels({ drift }: { drift: readonly Drift[] }) {
  const shown = drift.filter(
    ({ psi, missing }) => psi >= moved || Math.abs(missing.now - missing.before) >= 0.05,
  );
  const still = drift.length - shown.length;
  if (shown.length === 0)
    return (
      <p className="text-muted">
        {drift.length === 0
          ? 'The two versions have no columns to compare.'
          : `No column is distributed differently; ${plural(drift.length, 'column was', 'columns were')} compared.`}
      </p>
    );
  return (
    <>
      <p className="flex flex-wrap items-center gap-x-5 gap-y-1 text-sm text-muted">
        <Key colour="var(--series-3)" faint>
          before
        </Key>
        <Key colour="var(--accent)">now</Key>
        {still > 0 && <span>{plural(still, 'other column', 'other columns')} hardly moved.</span>}
      </p>
      <ul className="grid gap-4 sm:grid-cols-2 lg:grid-cols-3">
        {shown.slice(0, mostPanels).map((one) => (
          <li key={one.column}>
            <DriftPanel drift={one} />
          </li>
        ))}
      </ul>
      {shown.length > mostPanels && (
        <p className="text-sm text-muted">{plural(shown.length - mostPanels, 'further column')} moved too.</p>
      )}
    </>
  );
}

function Key({ colour, faint = false, children }: { colour: string; faint?: boolean; children: string }) {
  return (
    <span className="inline-flex items-center gap-1.5">
      <span
        aria-hidden="true"
        className="size-3 rounded-sm"
        style={{ background: colour, opacity: faint ? 0.55 : 1 }}
      />
      {children}
    </span>
  );
}

function DriftPanel({ drift: { column, psi, missing, shape } }: { drift: Drift }) {
  const gaps = Math.abs(missing.now - missing.before) >= 0.01;
  return (
    <Panel className="h-full space-y-3 text-sm">
      <div className="flex items-baseline justify-between gap-3">
        <h3 className="font-mono! min-w-0 text-sm font-semibold break-all">{column}</h3>
        <Badge tone={psi >= another ? 'bad' : psi >= moved ? 'warn' : 'plain'}>PSI {psi.toFixed(2)}</Badge>
      </div>
      {shape !== undefined && 'low' in shape && (
        <figure>
          <PairedHistogram
            label={`How ${column} was distributed before and is now, from ${formatNumber(shape.low)} to ${formatNumber(shape.high)}`}
            before={shape.before}
            now={shape.now}
          />
          <figcaption className="flex justify-between border-t border-line pt-0.5 text-xs text-muted">
            <span>{formatNumber(shape.low)}</span>
            <span>{formatNumber(shape.high)}</span>
          </figcaption>
        </figure>
      )}
      {shape !== undefined && 'values' in shape && <Shares values={shape.values} />}
      {gaps && (
        <p className="text-xs text-warning">
          missing: {formatPercent(missing.before)} before, {formatPercent(missing.now)} now
        </p>
      )}
    </Panel>
  );
}

function Shares({ values }: { values: readonly { value: string; before: number; now: number }[] }) {
  const most = Math.max(1e-9, ...values.flatMap(({ before, now }) => [before, now]));
  const width = (share: number) => ({ width: `${(share / most) * 100}%` });
  return (
    <ul className="space-y-2 text-xs">
      {values.slice(0, 5).map(({ value, before, now }) => (
        <li key={value}>
          <div className="flex justify-between gap-3">
            <span className="min-w-0 truncate" title={value}>
              {value}
            </span>
            <span className="whitespace-nowrap text-muted">
              {formatPercent(before)} → {formatPercent(now)}
            </span>
          </div>
          <div aria-hidden="true" className="mt-0.5 space-y-px">
            <div
              className="h-1 rounded-sm"
              style={{ ...width(before), background: 'var(--series-3)', opacity: 0.55 }}
            />
            <div className="h-1 rounded-sm bg-accent" style={width(now)} />
          </div>
        </li>
      ))}
    </ul>
  );
}
