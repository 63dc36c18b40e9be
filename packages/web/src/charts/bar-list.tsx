import type { ReactNode } from 'react';

export interface Bar {
  key: string;
  label: ReactNode;
  value: number;
  low?: number;
  high?: number;
  text: string;
}

/** Bars from a common zero: to the right what adds, to the left what takes away, a whisker for the interval. */
export function BarList({ caption, bars }: { caption: string; bars: readonly Bar[] }) {
  const ends = bars.flatMap((bar) => [bar.value, bar.low ?? bar.value, bar.high ?? bar.value]);
  const low = Math.min(0, ...ends);
  const high = Math.max(0, ...ends);
  const span = high - low || 1;
  const at = (value: number) => ((value - low) / span) * 100;
  return (
    <ul
      aria-label={caption}
      className="grid grid-cols-[fit-content(11rem)_1fr_auto] gap-x-3 gap-y-1.5 text-sm"
    >
      {bars.map((bar) => (
        <li key={bar.key} className="col-span-3 grid grid-cols-subgrid items-center">
          <span className="truncate" title={bar.key}>
            {bar.label}
          </span>
          <span className="relative h-4 rounded-sm bg-sunken" aria-hidden="true">
            <span
              className={`absolute inset-y-0.5 rounded-sm ${bar.value < 0 ? 'bg-[var(--series-2)]' : 'bg-accent'}`}
              style={{
                left: `${at(Math.min(0, bar.value))}%`,
                width: `${Math.max(0.3, (Math.abs(bar.value) / span) * 100)}%`,
              }}
            />
            {bar.low !== undefined && bar.high !== undefined && (
              <span
                className="absolute top-1/2 h-0.5 -translate-y-1/2 bg-ink/70"
                style={{ left: `${at(bar.low)}%`, width: `${at(bar.high) - at(bar.low)}%` }}
              />
            )}
          </span>
          <span className="text-right text-xs whitespace-nowrap">{bar.text}</span>
        </li>
      ))}
    </ul>
  );
}
