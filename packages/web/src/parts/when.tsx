import { useEffect, useState } from 'react';
import { formatRelative } from '../lib/format.ts';

/** How long ago, kept true while the page is open; the exact time on hover. */
export function When({ at }: { at: string }) {
  const [nowMs, setNowMs] = useState(Date.now);
  useEffect(() => {
    const timer = setInterval(() => setNowMs(Date.now()), 15_000);
    return () => clearInterval(timer);
  }, []);
  return (
    <time dateTime={at} title={new Date(at).toLocaleString()} className="whitespace-nowrap">
      {formatRelative(at, nowMs)}
    </time>
  );
}
