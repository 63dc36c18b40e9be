import type { ReactNode } from 'react';
import { FailureNote } from './failure-note.tsx';

/** Draws an answer of the hub, or that it is on its way, or why it did not come. */
export function Loaded<T>({
  query,
  lines = 3,
  children,
}: {
  query: { data: T | undefined; error: Error | null; refetch: () => Promise<unknown> };
  lines?: number;
  children: (data: T) => ReactNode;
}) {
  if (query.data !== undefined) return children(query.data);
  if (query.error !== null) return <FailureNote error={query.error} retry={() => void query.refetch()} />;
  return <Loading lines={lines} />;
}

export function Loading({ lines = 3 }: { lines?: number }) {
  return (
    <div role="status" className="space-y-3 py-2">
      <span className="sr-only">Loading</span>
      {Array.from({ length: lines }, (_, line) => (
        <div
          key={line}
          className="h-4 animate-pulse rounded bg-sunken"
          style={{ width: `${88 - ((line * 23) % 50)}%` }}
        />
      ))}
    </div>
  );
}
