const short = new Intl.NumberFormat('en', { maximumSignificantDigits: 4 });
const whole = new Intl.NumberFormat('en', { maximumFractionDigits: 0 });

const superscript = (power: number) =>
  String(power).replace(/[-\d]/g, (sign) => (sign === '-' ? '⁻' : '⁰¹²³⁴⁵⁶⁷⁸⁹'.charAt(Number(sign))));

/** Four significant digits; very large and very small numbers in scientific notation. */
export function formatNumber(value: number): string {
  if (!Number.isFinite(value)) return Number.isNaN(value) ? 'not a number' : value > 0 ? '∞' : '−∞';
  const size = Math.abs(value);
  if (Number.isInteger(value) && size < 1e9) return whole.format(value).replace('-', '−');
  if (size !== 0 && (size < 1e-3 || size >= 1e9)) {
    const [mantissa = '', exponent = ''] = value.toExponential(2).split('e');
    return `${Number(mantissa)} × 10${superscript(Number(exponent))}`.replace('-', '−');
  }
  return (size >= 10_000 ? whole : short).format(value).replace('-', '−');
}

/** Three decimals throughout, so that a column of metrics lines up. */
export function formatMetric(value: number): string {
  return Math.abs(value) >= 1000 ? formatNumber(value) : value.toFixed(3).replace('-', '−');
}

export function formatPercent(fraction: number): string {
  const percent = fraction * 100;
  return `${percent > 0 && percent < 0.1 ? '<0.1' : percent.toFixed(percent > 99.9 && percent < 100 ? 2 : 1)} %`;
}

/** Decimal units, as disks are sold and as the command line prints. */
export function formatBytes(sizeBytes: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB', 'PB'];
  let size = sizeBytes;
  let unit = 0;
  while (size >= 999.5 && unit < units.length - 1) {
    size /= 1000;
    unit++;
  }
  return `${unit === 0 ? size : size.toPrecision(3)} ${units[unit]}`;
}

export function formatDuration(milliseconds: number): string {
  const seconds = milliseconds / 1000;
  if (seconds < 10) return `${seconds.toFixed(1)} s`;
  if (seconds < 60) return `${Math.round(seconds)} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min ${Math.floor(seconds % 60)} s`;
  const hours = Math.floor(minutes / 60);
  return hours < 48 ? `${hours} h ${minutes % 60} min` : `${Math.floor(hours / 24)} days`;
}

/** "3 minutes ago", "in 2 days". */
export function formatRelative(at: string, nowMs: number): string {
  const seconds = (Date.parse(at) - nowMs) / 1000;
  const steps = [
    ['year', 31_557_600],
    ['month', 2_629_800],
    ['day', 86_400],
    ['hour', 3600],
    ['minute', 60],
  ] as const;
  for (const [unit, size] of steps)
    if (Math.abs(seconds) >= size)
      return new Intl.RelativeTimeFormat('en', { numeric: 'auto' }).format(Math.trunc(seconds / size), unit);
  // The hub's clock may run a little ahead of this machine's: what has just happened is never "in" the future.
  return seconds > -10 ? 'just now' : 'less than a minute ago';
}

export function plural(count: number, one: string, many = `${one}s`): string {
  return `${whole.format(count)} ${count === 1 ? one : many}`;
}

/** A title as a name for addresses: "Penguins of Palmer" becomes "penguins-of-palmer". */
export function slugOf(title: string): string {
  return title
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '')
    .slice(0, 60);
}
