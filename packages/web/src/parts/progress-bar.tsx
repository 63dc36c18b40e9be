/** How far something is. Without a total it only says that it moves. */
export function ProgressBar({ label, value, total }: { label: string; value: number; total?: number }) {
  const known = total !== undefined && total > 0;
  const fraction = known ? Math.min(1, value / total) : undefined;
  return (
    <div
      role="progressbar"
      aria-label={label}
      aria-valuemin={0}
      {...(known ? { 'aria-valuemax': total, 'aria-valuenow': Math.min(value, total) } : {})}
      className="h-2 overflow-hidden rounded-full bg-sunken"
    >
      <div
        className={`h-full rounded-full bg-accent transition-[width] duration-500 ${known ? '' : 'w-1/4 animate-pulse'}`}
        style={fraction === undefined ? undefined : { width: `${fraction * 100}%` }}
      />
    </div>
  );
}
