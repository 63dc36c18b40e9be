import { formatNumber } from '../lib/format.ts';

/** A small histogram of equal bins between `low` and `high`. */
export function Histogram({
  name,
  low,
  high,
  counts,
}: {
  name: string;
  low: number;
  high: number;
  counts: readonly number[];
}) {
  const most = Math.max(1, ...counts);
  const width = 100 / Math.max(1, counts.length);
  const edge = (bin: number) => formatNumber(low + ((high - low) * bin) / counts.length);
  return (
    <figure>
      <svg
        viewBox="0 0 100 32"
        preserveAspectRatio="none"
        role="img"
        aria-label={`How ${name} is distributed, from ${formatNumber(low)} to ${formatNumber(high)}`}
        className="block h-14 w-full text-accent"
      >
        {counts.map((count, bin) => (
          <rect
            key={bin}
            x={bin * width}
            width={Math.max(width - 0.6, 0.3)}
            y={32 - (count / most) * 31}
            height={(count / most) * 31}
            fill="currentColor"
          >
            <title>{`${edge(bin)} to ${edge(bin + 1)}: ${count} rows`}</title>
          </rect>
        ))}
      </svg>
      <figcaption className="flex justify-between border-t border-line pt-0.5 text-xs text-muted">
        <span>{formatNumber(low)}</span>
        <span>{formatNumber(high)}</span>
      </figcaption>
    </figure>
  );
}
