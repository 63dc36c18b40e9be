import { Fragment } from 'react';

/** Two shares for each place, the older one first. */
export function PairedHistogram({
  label,
  before,
  now,
}: {
  label: string;
  before: readonly number[];
  now: readonly number[];
}) {
  const most = Math.max(1e-9, ...before, ...now);
  const width = 100 / Math.max(1, before.length);
  const height = (share: number) => (share / most) * 31;
  return (
    <svg
      viewBox="0 0 100 32"
      preserveAspectRatio="none"
      role="img"
      aria-label={label}
      className="block h-14 w-full"
    >
      {before.map((share, bin) => (
        <Fragment key={bin}>
          <rect
            x={bin * width}
            width={width / 2 - 0.15}
            y={32 - height(share)}
            height={height(share)}
            fill="var(--series-3)"
            opacity={0.55}
          />
          <rect
            x={bin * width + width / 2}
            width={width / 2 - 0.4}
            y={32 - height(now[bin] ?? 0)}
            height={height(now[bin] ?? 0)}
            fill="var(--accent)"
          />
        </Fragment>
      ))}
    </svg>
  );
}
