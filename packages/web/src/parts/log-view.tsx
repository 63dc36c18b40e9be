import type { LogLine } from '@banyan/contract';
import { useEffect, useRef } from 'react';
import { Empty } from './layout.tsx';

const tones = { info: '', warning: 'text-warning', error: 'text-danger' };

/** The last lines, following the newest unless somebody scrolled up to read. */
export function LogView({ lines }: { lines: readonly LogLine[] }) {
  const box = useRef<HTMLOListElement>(null);
  const following = useRef(true);
  useEffect(() => {
    if (following.current && box.current !== null) box.current.scrollTop = box.current.scrollHeight;
    // Not the lines themselves but their coming makes the box longer.
    // oxlint-disable-next-line react/exhaustive-effect-dependencies
  }, [lines]);
  if (lines.length === 0) return <Empty title="Nothing was logged" />;
  return (
    <ol
      ref={box}
      // A scrollable region has to be reachable by keyboard.
      // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex
      tabIndex={0}
      aria-label="Log"
      onScroll={(event) => {
        const { scrollTop, scrollHeight, clientHeight } = event.currentTarget;
        following.current = scrollHeight - scrollTop - clientHeight < 24;
      }}
      className="max-h-80 overflow-y-auto rounded-md bg-sunken p-3 font-mono text-xs leading-relaxed"
    >
      {lines.map((line, index) => (
        <li key={index} className={`flex gap-3 ${tones[line.level]}`}>
          <time dateTime={line.at} className="shrink-0 text-muted">
            {new Date(line.at).toLocaleTimeString('en-GB')}
          </time>
          <span className="break-words whitespace-pre-wrap">{line.message}</span>
        </li>
      ))}
    </ol>
  );
}
